import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { createStandInCopy, toTemporaryProblem, withSourcePaths } from "../../src/controller/stand-in-copy.ts";

describe("a stand-in for a copy", () => {
  let directory: string;
  before(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-stand-in-test-")));
  });
  after(() => rm(directory, { recursive: true }));

  async function makeRoot(...names: string[]): Promise<string> {
    const root = join(directory, ...names);
    await mkdir(root, { recursive: true });
    return root;
  }

  test("its paths, and those of the directories above it, are told as those of the source", async () => {
    const root = await makeRoot("a", "b", "c", "shop");
    await using copy = await createStandInCopy(root);

    const told = ["compose.yml", "../copy/x", "../../project/x", "../../../cmd/x"].map((path) =>
      copy.toSource(`no ${join(copy.workspace, path)}, stop`),
    );

    assert.deepEqual(
      told,
      ["a/b/c/shop/compose.yml", "a/b/c/copy/x", "a/b/project/x", "a/cmd/x"].map(
        (path) => `no ${join(directory, path)}, stop`,
      ),
    );
    assert.equal(copy.toSource(`${copy.workspace}: ${dirname(copy.workspace)}.`), `${root}: ${dirname(root)}.`);
    assert.equal(copy.toSource(copy.toCopy(join(root, "x"))), join(root, "x"));
  });

  test("above the root of the file system there is nothing but itself", async () => {
    await using copy = await createStandInCopy("/");

    const beside = dirname(copy.workspace);

    assert.equal(copy.toSource(`${copy.workspace} ${copy.workspace}/a ${beside} ${beside}/b`), "/ /a / /b");
  });

  for (const name of ['say "hi"', "a $& b", "c $$ d", "$1 $`", "back\\slash", "it's"]) {
    test(`a failure speaks of a source in ${JSON.stringify(name)} as it is written`, async () => {
      const root = await makeRoot(name);
      await using copy = await createStandInCopy(root);
      const file = join(copy.workspace, "compose.yml");
      const failure = new CiloError("CILO_COMPOSE_INVALID", `cannot read ${file}`, {
        hint: `edit ${file}`,
        details: { files: [file], exitCode: 14, nested: { file, none: null } },
      });

      const failed = withSourcePaths(copy.toSource, () => Promise.reject(failure));

      const source = join(root, "compose.yml");
      await assert.rejects(failed, {
        message: `cannot read ${source}`,
        hint: `edit ${source}`,
        details: { files: [source], exitCode: 14, nested: { file: source, none: null } },
      });
    });
  }

  for (const [code, expected] of [
    ["ENOSPC", "CILO_DISK_FULL"],
    ["EDQUOT", "CILO_DISK_FULL"],
    ["EROFS", "CILO_PERMISSION_DENIED"],
    ["EACCES", "CILO_PERMISSION_DENIED"],
    ["ENOENT", "CILO_PERMISSION_DENIED"],
  ] as const) {
    test(`a directory for temporary files that fails with ${code} is ${expected}`, () => {
      const problem = toTemporaryProblem(Object.assign(new Error(code), { code }), "/tmp");

      assert.ok(problem instanceof CiloError);
      assert.equal(problem.code, expected);
      assert.match(problem.hint ?? "", /TMPDIR/);
    });
  }

  test("a directory for temporary files that is not there is told", async (t) => {
    const root = await makeRoot("no-temporary");
    const { TMPDIR } = process.env;
    t.after(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    process.env.TMPDIR = join(root, "none");

    await assert.rejects(createStandInCopy(root), { code: "CILO_PERMISSION_DENIED" });
  });

  test("what is not cilo's own failure is left as it is", async () => {
    const bug = new TypeError("x");

    await assert.rejects(
      withSourcePaths(
        () => "",
        () => Promise.reject(bug),
      ),
      bug,
    );
  });
});
