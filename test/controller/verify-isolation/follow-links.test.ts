import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { followLinks } from "../../../src/controller/verify-isolation/follow-links.ts";

describe("followLinks", () => {
  let directory: string;
  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-links-")));
    await mkdir(join(directory, "real/inner"), { recursive: true });
    await symlink("real", join(directory, "link"));
    await symlink(join(directory, "link"), join(directory, "second"));
    await symlink("loop", join(directory, "loop"));
    await symlink("nowhere", join(directory, "broken"));
  });
  after(() => rm(directory, { recursive: true }));

  for (const [path, expected] of [
    ["real", "real"],
    ["real/", "real"],
    ["second/inner/", "real/inner"],
    ["link/../real", "real"],
    ["loop", null],
    ["broken", null],
    ["nothing", null],
  ] as const) {
    test(`${path} leads to ${expected}`, async () => {
      const spelled = `${directory}/${path}`;

      const found = await followLinks([spelled], true);

      assert.deepEqual([...found], [[spelled, expected && join(directory, expected)]]);
    });
  }

  test("a path that Docker Desktop's machine has from this one is the one here", async () => {
    const spelled = `/host_mnt${directory}/link`;

    assert.equal((await followLinks([spelled], true)).get(spelled), join(directory, "real"));
  });

  test("nothing here says where a path of another machine leads", async () => {
    assert.deepEqual([...(await followLinks([directory, directory], false))], [[directory, null]]);
  });
});
