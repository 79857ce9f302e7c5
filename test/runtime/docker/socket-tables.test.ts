import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readSocketTables } from "../../../src/runtime/docker/socket-tables.ts";

/** A /proc of one process. */
async function makeProc(files: Record<string, string>): Promise<{ root: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "cilo-proc-"));
  await mkdir(join(root, "7/net"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, "7", name), text);
  return { root, remove: () => rm(root, { recursive: true }) };
}

describe("readSocketTables", () => {
  for (const [what, files, pid, expected] of [
    [
      "both tables of the container's process",
      { cgroup: "0::/docker/c1", "net/tcp": "four\n", "net/tcp6": "six\n" },
      7,
      "four\nsix\n",
    ],
    ["one table where the kernel has no IPv6", { cgroup: "0::/docker/c1", "net/tcp": "four\n" }, 7, "four\n"],
    ["nothing of a process that is not the container's", { cgroup: "0::/user.slice", "net/tcp": "four\n" }, 7, null],
    ["nothing where that process is not to be seen", {}, 8, null],
    ["nothing of a container that does not run", {}, null, null],
  ] as const) {
    test(`gives ${what}`, async (t) => {
      const proc = await makeProc(files);
      t.after(proc.remove);

      assert.equal(await readSocketTables({ id: "c1", pid }, proc.root), expected);
    });
  }
});
