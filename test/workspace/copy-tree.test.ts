import assert from "node:assert/strict";
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { copyWorkspace } from "../../src/workspace/copy.ts";
import { removeWorkspace } from "../../src/workspace/remove.ts";
import { assertSameTree, listTree } from "./tree-listing.ts";

type Node =
  | { kind: "file"; content: Uint8Array; mode: number; mtime: number }
  | { kind: "link"; target: string; mtime: number }
  | { kind: "hard"; of: number }
  | { kind: "directory"; mode: number; mtime: number; children: [Uint8Array, Node][] };

const mtime = fc.double({ min: 0, max: 4e9, noNaN: true });
const name = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f))
  .filter((bytes) => !["", ".", "..", ".git"].includes(Buffer.from(bytes).toString("latin1")));
const { node: tree } = fc.letrec<{ node: Node; directory: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({
      kind: fc.constant("file" as const),
      content: fc.uint8Array({ maxLength: 64 }),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      mtime,
    }),
    fc.record({
      kind: fc.constant("link" as const),
      target: fc.constantFrom(".", "..", "../..", "nowhere", "/nowhere", "/etc", "a/../b", "é"),
      mtime,
    }),
    fc.record({ kind: fc.constant("hard" as const), of: fc.nat() }),
    tie("directory"),
  ),
  directory: fc.record({
    kind: fc.constant("directory" as const),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    mtime,
    children: fc.uniqueArray(fc.tuple(name, tie("node")), {
      maxLength: 6,
      selector: ([bytes]) => Buffer.from(bytes).toString("hex"),
    }),
  }),
}));

function build(path: Buffer, node: Node, files: Buffer[]): void {
  if (node.kind === "file") {
    writeFileSync(path, node.content);
    chmodSync(path, asReadable(node.mode, 0o400));
    utimesSync(path, node.mtime, node.mtime);
    files.push(path);
  } else if (node.kind === "link") {
    symlinkSync(node.target, path);
    lutimesSync(path, node.mtime, node.mtime);
  } else if (node.kind === "hard") {
    const first = files[node.of % Math.max(files.length, 1)];
    if (first !== undefined) linkSync(first, path);
  } else {
    mkdirSync(path);
    for (const [bytes, child] of node.children) {
      build(Buffer.concat([path, Buffer.from("/"), Buffer.from(bytes)]), child, files);
    }
    chmodSync(path, asReadable(node.mode, 0o500));
    utimesSync(path, node.mtime, node.mtime);
  }
}

/** Who runs the tests must be able to read the tree, and may only set a group bit where the group is theirs. */
function asReadable(mode: number, bits: number): number {
  return process.geteuid?.() === 0 ? mode : (mode | bits) & ~0o2000;
}

test("a copy of any tree lists like the tree", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "cilo-any-tree-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  let run = 0;

  await fc.assert(
    fc.asyncProperty(tree, async (node) => {
      const at = join(root, String(run++));
      await mkdir(at);
      const source = join(at, "source");
      const top: Node =
        node.kind === "directory"
          ? node
          : { kind: "directory", mode: 0o755, mtime: 1, children: [[Buffer.from("x"), node]] };
      build(Buffer.from(source), top, []);
      try {
        const before = await listTree(source);

        await copyWorkspace({
          plan: { root: source, projectPath: "", insideRepository: false },
          destination: join(at, "copy"),
        });

        assertSameTree(await listTree(join(at, "copy")), before);
        assert.deepEqual(await listTree(source), before);
      } finally {
        await removeWorkspace({ path: at, within: dirname(at) });
      }
    }),
    { numRuns: 60 },
  );
});
