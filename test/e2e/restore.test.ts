import assert from "node:assert/strict";
import { appendFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";
import { git } from "../workspace/sandbox.ts";
import { assertSameTree } from "../workspace/tree-listing.ts";
import { describeWorkspace } from "../workspace/work/saved-workspace.ts";

const skip = await engineSkip();

const compose = `
services:
  store:
    image: IMAGE
    command: [sleep, "600"]
    init: true
    stop_signal: SIGKILL
    volumes: [/anonymous, "named:/named", "empty:/empty"]
volumes:
  named:
  empty:
`;

/** Makes data with owners, modes and links in the volumes of a running environment. */
const fillVolumes = [
  "mkdir -m 750 /named/deep",
  "echo kept > /named/deep/file",
  "chmod 640 /named/deep/file",
  "ln /named/deep/file /named/again",
  "ln -s deep/file /named/link",
  "chown -R 999:998 /named",
  "echo nameless > /anonymous/file",
].join(" && ");
const listVolume = "cd /named && find . | sort | xargs stat -c '%n %f %u %g %h %s' && cat link";

describe("restore", { skip }, () => {
  let world: World;
  let source: string;
  const workspaceOf = (name: string) => join(world.home, "envs/shop", name);
  const trash = () => join(world.home, "trash");
  before(async () => {
    world = await createWorld();
    source = await world.write("shop", compose, { ".gitignore": ".env\n", ".env": "TOKEN=1\n", page: "page\n" });
    await git(source, "init", "--quiet");
    await git(source, "add", ".");
    await git(source, "commit", "--quiet", "-m", "first");
  });
  after(() => world[Symbol.asyncDispose]());

  test("an environment comes back with its work, its volumes and its names", async () => {
    await world.must("create", "shop/login", "--from", source);
    await world.must("up", "shop/login");
    await world.must("exec", "shop/login", "store", "sh", "-c", fillVolumes);
    const workspace = workspaceOf("login");
    await git(workspace, "checkout", "--quiet", "-b", "login");
    await writeFile(join(workspace, "page"), "committed\n");
    await git(workspace, "commit", "--quiet", "--all", "-m", "work");
    await appendFile(join(workspace, "page"), "stashed\n");
    await git(workspace, "stash", "--quiet");
    await appendFile(join(workspace, "page"), "changed\n");
    await writeFile(join(workspace, ".env"), "TOKEN=2\n");
    const files = await describeWorkspace(workspace, [""]);
    const volume = await world.must("exec", "shop/login", "store", "sh", "-c", listVolume);
    const { "shop/login": record } = (await world.state()).hosts.local.environments;

    const destroyed = await world.must("destroy", "shop/login", "--force");
    assert.match(destroyed, /\nundo with "cilo restore shop\/login" until \d{4}-\d\d-\d\d$/);
    assert.deepEqual(await world.engineObjects(), []);
    const { code, stderr } = await world.cilo(["restore", "shop/login"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /volume [0-9a-f]{64} had no name .* its data are in .*\.tar/);
    const back = await describeWorkspace(workspace, [""]);
    assert.deepEqual(back.git, files.git);
    assertSameTree(back.files, files.files);
    const after = (await world.state()).hosts.local.environments["shop/login"];
    assert.deepEqual([after?.id, after?.subnet, after?.status], [record?.id, record?.subnet, "stopped"]);
    const up = await world.cilo(["up", "shop/login"]);
    assert.equal(up.code, 0, up.stderr);
    assert.doesNotMatch(up.stderr, /warning/);
    assert.equal(await world.must("exec", "shop/login", "store", "sh", "-c", listVolume), volume);
    assert.deepEqual(await docker("image", "ls", "--quiet", "--filter", "label=cilo.archive"), "");
  });

  test("nothing comes back over what is there, and the entry stays", async () => {
    const { code, stderr } = await world.cilo(["restore", "shop/login"]);

    assert.equal(code, 4);
    assert.match(stderr, /CILO_ENVIRONMENT_EXISTS/);
    assert.match(await world.must("restore", "--list"), /shop\/login/);
  });

  test("it comes back beside a new one under another name, with a copy of the data", async () => {
    await world.must("restore", "shop/login", "--as", "again");
    const up = await world.cilo(["up", "shop/again"]);

    assert.equal(up.code, 0, up.stderr);
    assert.doesNotMatch(up.stderr, /warning/);
    assert.equal((await world.must("exec", "shop/again", "store", "cat", "/named/link")).trim(), "kept");
    assert.equal(await readFile(join(workspaceOf("again"), ".env"), "utf8"), "TOKEN=2\n");
    await world.must("destroy", "shop/again", "--force", "--no-undo");
  });

  test("a source that is gone is named, and nothing but the entry is left", async () => {
    await world.must("create", "shop/lost", "--from", source);
    await world.must("destroy", "shop/lost", "--yes");
    await rename(source, `${source}.away`);

    const { code, stderr } = await world.cilo(["restore", "shop/lost"]);

    await rename(`${source}.away`, source);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /CILO_RESTORE_FAILED/);
    const [entry = ""] = (await readdir(trash())).filter((name) => name.includes("-shop-lost-"));
    assert.ok(stderr.includes(join(trash(), entry)), stderr);
    assert.equal((await world.state()).hosts.local.environments["shop/lost"], undefined);
    await world.must("restore", entry);
    assert.deepEqual(
      (await readdir(trash())).filter((name) => name.includes("-shop-lost-")),
      [],
    );
  });

  test("what nobody knows is told, with where to look", async () => {
    const { code, stderr } = await world.cilo(["restore", "shop/never"]);

    assert.equal(code, 2);
    assert.match(stderr, /CILO_TRASH_ENTRY_NOT_FOUND/);
    assert.match(stderr, /cilo restore --list/);
  });
});
