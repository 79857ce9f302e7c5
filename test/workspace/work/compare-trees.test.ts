import assert from "node:assert/strict";
import { chmod, chown, mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { toBytePath } from "../../../src/workspace/byte-path.ts";
import { compareTrees } from "../../../src/workspace/work/compare-trees.ts";
import { asUser, createSandbox } from "../sandbox.ts";

test("tells what differs in kind, mode, content or link from what is the same", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "source/same": "same\n", "source/content": "one\n", "source/mode": "x", "source/kind": "x" });
  await sandbox.write({ "copy/same": "same\n", "copy/content": "two\n", "copy/mode": "x", "copy/kind/inner": "x" });
  const [source, root] = [join(sandbox.root, "source"), join(sandbox.root, "copy")];
  await symlink("a", join(source, "link"));
  await symlink("b", join(root, "link"));
  await chmod(join(root, "mode"), 0o700);
  for (const tree of [source, root]) {
    for (const name of ["same", "content"]) await utimes(join(tree, name), 1_000, tree === source ? 1_000 : 2_000);
  }

  const difference = await compareTrees({
    root: toBytePath(root),
    source: toBytePath(source),
    separateGitDirectory: null,
  });

  const changed = [...difference.changed].filter(([path]) => path !== "").map(([path, { kind }]) => `${kind} ${path}`);
  assert.deepEqual(changed.sort(), ["directory kind", "file content", "file kind/inner", "file mode", "symlink link"]);
  assert.deepEqual(
    difference.same.filter(({ kind }) => kind === "file").map(({ path }) => path),
    ["same"],
  );
});

test("what this user may not read is set apart", { skip: process.geteuid?.() !== 0 && "needs root" }, async (t) => {
  const sandbox = await createSandbox(t);
  const root = join(sandbox.root, "copy");
  await mkdir(join(root, "data"), { recursive: true });
  await writeFile(join(root, "data/file"), "x");
  await writeFile(join(root, "secret"), "x");
  await mkdir(join(root, "listed"));
  await writeFile(join(root, "listed/file"), "x");
  await chmod(join(root, "listed"), 0o744);
  await chmod(join(root, "data"), 0o700);
  await chmod(join(root, "secret"), 0o600);
  await chmod(sandbox.root, 0o755);
  await chown(root, 12_345, 12_345);

  const { unreadable, changed } = await asUser(12_345, () =>
    compareTrees({ root: toBytePath(root), source: null, separateGitDirectory: null }),
  );

  assert.deepEqual(unreadable.sort(), ["data", "listed", "secret"]);
  assert.deepEqual([...changed.keys()], [""]);
});
