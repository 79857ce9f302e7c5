import assert from "node:assert/strict";
import { access, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRepository, createSuperproject, makeDirty } from "../repositories.ts";
import { createSandbox, git } from "../sandbox.ts";
import { listTree } from "../tree-listing.ts";
import { saveAndRemove, survey } from "./saved-workspace.ts";

test("a fresh copy has no work, however dirty its source is", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createSuperproject(sandbox);
  await makeDirty(source);
  const { workspace } = await sandbox.copy(source, "login");

  const { unsaved } = await survey(workspace, source);

  assert.deepEqual(unsaved, []);
});

test("work is counted where it is, with examples", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createSuperproject(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await makeDirty(workspace);
  const library = join(workspace, "libs/library");
  await git(library, "commit", "--quiet", "--allow-empty", "-m", "in the library");

  const { unsaved } = await survey(workspace, source);

  const [top, inner, ...others] = unsaved;
  assert.deepEqual(others, []);
  assert.deepEqual(top, {
    path: "",
    uncommitted: { count: 4, examples: ["a", "b", "new"] },
    commits: { count: 0, examples: [] },
  });
  assert.equal(inner?.path, "libs/library");
  assert.equal(inner?.commits.count, 1);
  assert.match(inner?.commits.examples[0] ?? "", /^[0-9a-f]{7,} in the library$/);
});

const places: { what: string; count: number; make(workspace: string): Promise<unknown> }[] = [
  { what: "a branch", count: 1, make: (at) => git(at, "commit", "--quiet", "--allow-empty", "-m", "work") },
  {
    what: "a detached HEAD",
    count: 1,
    async make(at) {
      await git(at, "checkout", "--quiet", "--detach");
      await git(at, "commit", "--quiet", "--allow-empty", "-m", "work");
    },
  },
  {
    what: "an older stash",
    // Each stash is two commits, one of them for the index.
    count: 4,
    async make(at) {
      for (const text of ["one\n", "two\n"]) {
        await writeFile(join(at, "a"), text);
        await git(at, "add", "a");
        await git(at, "stash", "--quiet");
      }
    },
  },
  {
    what: "a branch that was pushed",
    count: 0,
    async make(at) {
      await git(at, "commit", "--quiet", "--allow-empty", "-m", "work");
      await git(at, "update-ref", "refs/remotes/origin/main", "HEAD");
    },
  },
];

for (const { what, count, make } of places) {
  test(`commits on ${what} count ${count}`, async (t) => {
    const sandbox = await createSandbox(t);
    const source = await createRepository(sandbox);
    const { workspace } = await sandbox.copy(source, "login");
    await make(workspace);

    const { unsaved } = await survey(workspace, source);

    assert.equal(unsaved[0]?.commits.count ?? 0, count);
  });
}

test("what was staged and then taken back in the file is work too", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  const { workspace } = await sandbox.copy(source, "login");
  await writeFile(join(workspace, "a"), "only staged\n");
  await git(workspace, "add", "a");
  await writeFile(join(workspace, "a"), "a\n");

  const { unsaved } = await survey(workspace, source);

  assert.deepEqual(unsaved[0]?.uncommitted, { count: 1, examples: ["a"] });
});

test("without a repository, files that differ from the source count", async (t) => {
  const sandbox = await createSandbox(t);
  await sandbox.write({ "plain/compose.yml": "services: {}\n", "plain/page": "page\n" });
  const source = join(sandbox.root, "plain");
  const { workspace } = await sandbox.copy(source, "login");
  await writeFile(join(workspace, "page"), "other\n");

  const { unsaved } = await survey(workspace, source);

  assert.deepEqual(unsaved, [
    { path: "", uncommitted: { count: 1, examples: ["page"] }, commits: { count: 0, examples: [] } },
  ]);
});

test("without a source all that is not committed counts, and all that was not pushed", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  await git(source, "stash", "clear");
  const { workspace } = await sandbox.copy(source, "login");
  await rm(source, { recursive: true });

  const { unsaved, source: found } = await survey(workspace, source);

  assert.equal(found, null);
  assert.deepEqual(unsaved[0]?.commits.count, 1);
});

test("an ignored directory of a size is left out, a small one is not", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  await writeFile(join(source, ".gitignore"), "modules\n.env\n");
  const { workspace } = await sandbox.copy(source, "login");
  await mkdir(join(workspace, "modules"));
  for (let file = 0; file <= 2_000; file++) await writeFile(join(workspace, "modules", `${file}`), "x");
  await writeFile(join(workspace, ".env"), "TOKEN=1\n");

  const { left, unsaved } = await survey(workspace, source);

  assert.deepEqual(left, [{ why: "ignored", path: "modules", files: 2_001, sizeBytes: 2_001 }]);
  assert.deepEqual(unsaved, []);
});

test("nothing is written to the source or the workspace, and nothing that the copied configuration names is run", async (t) => {
  const sandbox = await createSandbox(t);
  const source = await createRepository(sandbox);
  await writeFile(join(source, ".gitattributes"), "* filter=evil diff=evil merge=evil\n");
  await git(source, "add", ".gitattributes");
  await git(source, "commit", "--quiet", "-m", "attributes");
  const { workspace } = await sandbox.copy(source, "login");
  const proof = join(sandbox.root, "was-run");
  const program = join(sandbox.root, "evil");
  await writeFile(program, `#!/bin/sh\ntouch '${proof}'\ncat\n`);
  await chmod(program, 0o755);
  for (const repository of [source, workspace]) {
    const hooks = join(repository, ".git/hooks");
    await mkdir(hooks, { recursive: true });
    for (const hook of ["post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"]) {
      await writeFile(join(hooks, hook), `#!/bin/sh\ntouch '${proof}'\n`);
      await chmod(join(hooks, hook), 0o755);
    }
    for (const [name, value] of [
      ["core.fsmonitor", program],
      ["core.hooksPath", hooks],
      ["core.sshCommand", program],
      ["core.pager", program],
      ["core.editor", program],
      ["credential.helper", `!${program}`],
      ["filter.evil.clean", program],
      ["filter.evil.smudge", program],
      ["filter.evil.process", program],
      ["diff.evil.textconv", program],
      ["diff.external", program],
      ["gpg.program", program],
      ["log.showSignature", "true"],
      ["core.alternateRefsCommand", program],
      ["uploadpack.packObjectsHook", program],
      ["remote.origin.promisor", "true"],
      ["remote.origin.url", `ext::${program}`],
      ["protocol.ext.allow", "always"],
    ] as const) {
      await writeFile(join(repository, ".git/config"), configLine(name, value), { flag: "a" });
    }
  }
  await writeFile(join(workspace, "a"), "work\n");
  const [before, sourceBefore] = [await listTree(workspace), await listTree(source)];

  const { unsaved } = await survey(workspace, source);
  assert.deepEqual(await listTree(workspace), before);
  await saveAndRemove(sandbox, workspace, source);

  assert.deepEqual(unsaved[0]?.uncommitted.examples, ["a"]);
  assert.deepEqual(await listTree(source), sourceBefore);
  await assert.rejects(access(proof), { code: "ENOENT" });
});

/** `section.sub.key` as a configuration file says it. */
function configLine(name: string, value: string): string {
  const [section = "", ...rest] = name.split(".");
  const key = rest.pop() ?? "";
  const sub = rest.length === 0 ? "" : ` "${rest.join(".")}"`;
  return `[${section}${sub}]\n\t${key} = ${JSON.stringify(value)}\n`;
}
