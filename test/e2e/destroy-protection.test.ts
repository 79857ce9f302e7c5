import assert from "node:assert/strict";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { engineSkip } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";
import { git } from "../workspace/sandbox.ts";

const skip = await engineSkip();

const compose = `
services:
  store:
    image: IMAGE
    command: [sleep, "600"]
    init: true
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes:
  data:
`;

describe("destroy", { skip }, () => {
  let world: World;
  let source: string;
  const workspaceOf = (name: string) => join(world.home, "envs/shop", name);
  const trash = () => join(world.home, "trash");
  const listEntries = async (name: string) =>
    (await readdir(trash()).catch(() => [])).filter((entry) => entry.includes(`-shop-${name}-`));
  const keys = async () => Object.keys((await world.state()).hosts.local.environments).sort();
  before(async () => {
    world = await createWorld();
    source = await world.write("shop", compose, { page: "page\n" });
    await git(source, "init", "--quiet");
    await git(source, "add", ".");
    await git(source, "commit", "--quiet", "-m", "first");
    // What the source itself has not committed is no work of a copy.
    await writeFile(join(source, "page"), "changed in the source\n");
    await writeFile(join(source, "new"), "new in the source\n");
  });
  after(() => world[Symbol.asyncDispose]());

  test("a copy in which nothing was done goes without a word, and can come back", async () => {
    await world.must("create", "shop/idle", "--from", source);
    await world.must("up", "shop/idle");

    const said = await world.must("destroy", "shop/idle", "--yes");

    assert.match(said, /^shop\/idle is destroyed\nundo with "cilo restore shop\/idle" until \d{4}-\d\d-\d\d$/);
    assert.equal((await listEntries("idle")).length, 1);
  });

  test("work and data are named, and --yes is no leave to destroy them", async () => {
    await world.must("create", "shop/busy", "--from", source);
    await world.must("up", "shop/busy");
    await world.must("exec", "shop/busy", "store", "sh", "-c", "echo data > /data/file");
    await git(workspaceOf("busy"), "commit", "--quiet", "--allow-empty", "-m", "add the login page");
    await writeFile(join(workspaceOf("busy"), "draft"), "draft\n");

    const refused = await world.cilo(["destroy", "shop/busy", "--yes"]);
    const asked = await world.cilo(["destroy", "shop/busy"]);

    assert.equal(refused.code, 4);
    assert.equal(asked.code, 1);
    for (const { stderr } of [refused, asked]) {
      assert.match(stderr, /1 uncommitted file: draft$/m);
      assert.match(stderr, /1 commit that nothing else has: [0-9a-f]{7,} add the login page$/m);
      assert.match(stderr, /volume cilo-shop-busy_data with data \(5 bytes\)/m);
      assert.match(stderr, /cilo destroy shop\/busy --force/);
    }
    assert.match(refused.stderr, /CILO_WORK_UNSAVED/);
    assert.match(await world.must("list"), /shop\/busy +running/);
    assert.deepEqual(await listEntries("busy"), []);
  });

  test("what stays is not lost: --keep-workspace asks for the volumes alone", async () => {
    const refused = await world.cilo(["destroy", "shop/busy", "--yes", "--keep-workspace"]);
    await world.must("exec", "shop/busy", "store", "rm", "/data/file");
    await world.must("destroy", "shop/busy", "--yes", "--keep-workspace");

    assert.doesNotMatch(refused.stderr, /draft/);
    assert.match(refused.stderr, /volume cilo-shop-busy_data/);
    assert.equal(await readFile(join(workspaceOf("busy"), "draft"), "utf8"), "draft\n");
    await world.must("restore", "shop/busy");
    assert.equal(await readFile(join(workspaceOf("busy"), "draft"), "utf8"), "draft\n");
  });

  test("an undo that cannot be written stops it before anything is removed", async () => {
    await rm(trash(), { recursive: true });
    await writeFile(trash(), "no directory\n");

    const { code, stderr } = await world.cilo(["destroy", "shop/busy", "--force"]);

    await rm(trash());
    assert.equal(code, 1, stderr);
    assert.match(stderr, /cannot save shop\/busy before it is destroyed: .*; nothing was removed \[CILO_UNDO_FAILED\]/);
    assert.match(stderr, /cilo destroy shop\/busy --force --no-undo/);
    await access(join(workspaceOf("busy"), "draft"));
  });

  test("so does a disk that is full, and --no-undo is the way on", async (t) => {
    await mkdir(trash(), { recursive: true });
    const mounted = await exec("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", trash()]);
    if (mounted.exitCode !== 0) return t.skip("this process may not mount a file system");
    t.after(() => exec("umount", ["--lazy", trash()]));
    await world.must("up", "shop/busy");
    await world.must("exec", "shop/busy", "store", "dd", "if=/dev/urandom", "of=/data/large", "bs=1024", "count=1024");

    const { code, stderr } = await world.cilo(["destroy", "shop/busy", "--force"]);
    const after = await world.cilo(["destroy", "shop/busy", "--force", "--no-undo"]);

    assert.equal(code, 3, stderr);
    assert.match(stderr, /cannot save shop\/busy .* nothing was removed \[CILO_DISK_FULL\]/);
    assert.equal(after.code, 0, after.stderr);
    assert.equal(after.stdout, "shop/busy is destroyed");
    assert.deepEqual(await readdir(trash()), []);
    assert.deepEqual(await keys(), []);
  });

  test("what is larger than the trash may be is named before, and needs the same leave", async () => {
    await writeFile(join(world.home, "config.yml"), "trash:\n  max_size_mb: 1\n");
    await world.must("create", "shop/large", "--from", source);
    await world.must("up", "shop/large");
    await world.must("exec", "shop/large", "store", "dd", "if=/dev/zero", "of=/data/large", "bs=1024", "count=1100");

    const asked = await world.cilo(["destroy", "shop/large"]);
    const forced = await world.cilo(["destroy", "shop/large", "--force"]);

    await rm(join(world.home, "config.yml"));
    assert.match(
      asked.stderr,
      /no undo would bring back:\n {2}volume cilo-shop-large_data: it has (more than )?1\.1 MiB/,
    );
    assert.equal(forced.code, 0, forced.stderr);
    assert.deepEqual(await listEntries("large").then((entries) => entries.length), 1);
  });

  test("--all destroys the environments of a project with one question", async () => {
    const other = await world.write("other", compose);
    for (const name of ["one", "two", "three"]) await world.must("create", `shop/${name}`, "--from", source);
    await world.must("create", "other/one", "--from", other);
    await writeFile(join(workspaceOf("two"), "draft"), "draft\n");

    const asked = await world.cilo(["destroy", "--all", "--project", "shop"]);
    const refused = await world.cilo(["destroy", "--all", "--project", "shop", "--yes"]);
    const untouched = await keys();
    const forced = await world.cilo(["destroy", "--all", "--project", "shop", "--force"]);

    assert.match(
      asked.stderr,
      /This removes shop\/one:[\s\S]*This removes shop\/two:[\s\S]*Destroy these 3\? \[y\/N\]/,
    );
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /shop\/two: 1 uncommitted file: draft/);
    assert.equal(untouched.length, 4);
    assert.equal(forced.code, 0, forced.stderr);
    assert.deepEqual(await keys(), ["other/one"]);
  });

  test("--all goes on after one that cannot be saved, and says which is left", async () => {
    for (const name of ["four", "five"]) await world.must("create", `shop/${name}`, "--from", source);
    await writeFile(join(workspaceOf("five"), ".git/HEAD"), "");

    const { code, stderr } = await world.cilo(["destroy", "--all", "--force"]);

    assert.equal(code, 1, stderr);
    assert.match(stderr, /1 of 3 are not destroyed: shop\/five \[CILO_UNDO_FAILED\]/);
    assert.deepEqual(await keys(), ["shop/five"]);
    await access(join(workspaceOf("five"), "page"));
    await world.must("destroy", "shop/five", "--force", "--no-undo");
  });
});
