import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { engineSkip } from "../support/engine.ts";
import { mountSkip, mountSmallHome, type SmallHome } from "../support/small-home.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = mountSkip() || (await engineSkip());

describe("a CILO_HOME that is mounted read-only", { skip }, () => {
  let world: World;
  let home: SmallHome;
  let source: string;
  before(async () => {
    world = await createWorld();
    home = await mountSmallHome(world, 8 * 1024);
    source = await world.project("shop");
    await world.must("create", "shop/blue", "--from", source);
    await world.must("up", "shop/blue");
    home.setReadOnly(true);
  });
  after(async () => {
    home.setReadOnly(false);
    await home[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const reading: [args: string[], code: number, stdout: RegExp][] = [
    [["list"], 0, /shop\/blue +running/],
    [["status", "shop/blue"], 0, /web +running/],
    [["path", "shop/blue"], 0, /envs\/shop\/blue/],
    [["logs", "shop/blue"], 0, /^/],
    [["exec", "shop/blue", "web", "echo", "inside"], 0, /inside/],
    [["compose", "shop/blue", "ps"], 0, /cilo-shop-blue-web-1/],
    [["doctor"], 1, /problem +state.*\n.*ls -ld/],
    [["dns", "status"], 3, /^$/],
  ];
  for (const [args, code, stdout] of reading) {
    test(`cilo ${args.join(" ")} works`, async () => {
      const run = await world.cilo(args);

      assert.equal(run.code, code, run.stderr);
      assert.match(run.stdout, stdout);
    });
  }

  test("check works", async () => {
    const run = await world.cilo(["check", source]);

    assert.equal(run.code, 0, run.stderr);
  });

  const writing: string[][] = [
    ["create", "shop/green", "--from", "src/shop"],
    ["up", "shop/blue"],
    ["down", "shop/blue"],
    ["destroy", "shop/blue", "--force"],
    ["dns", "start", "--port", "0"],
    ["dns", "start", "--port", "0", "--detach"],
  ];
  for (const args of writing) {
    test(`cilo ${args.join(" ")} ends with 3 and says which place cannot be written, and how`, async () => {
      const run = await world.cilo(args);

      assert.equal(run.code, 3, run.stderr);
      assert.match(
        run.stderr,
        /: the file system is read-only \(EROFS\) \[CILO_HOME_NOT_WRITABLE\]\nhint: run "findmnt/,
      );
      assert.ok(run.stderr.includes(world.home), run.stderr);
    });
  }

  test("nothing was changed by any of it", async () => {
    const { operation, status, lastError } = (await world.state()).hosts.local.environments["shop/blue"] ?? {};

    assert.deepEqual({ operation, status, lastError }, { operation: null, status: "running", lastError: null });
    assert.ok((await world.engineObjects()).includes("container cilo-shop-blue-web-1"));
  });
});

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));
/** Root may write everywhere, so it becomes somebody else. */
const asPlainUser = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

async function plainUserSkip(): Promise<string | false> {
  const [file = process.execPath, ...args] = [...asPlainUser, process.execPath, program, "--version"];
  const probe = await exec(file, args, { timeoutMs: 20_000 });
  return probe.exitCode === 0
    ? false
    : `cilo cannot be run as a plain user here: ${probe.startFailure ?? probe.stderr}`;
}

describe("a CILO_HOME that this user may only read", { skip: (await engineSkip()) || (await plainUserSkip()) }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.must("create", "shop/blue", "--from", await world.project("shop"));
    await exec("chmod", ["-R", "a+rX,a-w", world.directory]);
  });
  after(async () => {
    await exec("chmod", ["-R", "u+w", world.directory]);
    await world[Symbol.asyncDispose]();
  });

  async function cilo(...words: string[]) {
    const [file = process.execPath, ...args] = [...asPlainUser, process.execPath, program, ...words];
    const env = { ...process.env, CILO_HOME: world.home, HOME: world.directory, NO_COLOR: "1" };
    return await exec(file, args, { cwd: world.directory, env, timeoutMs: 60_000 });
  }

  for (const words of [["list"], ["status", "shop/blue"], ["path", "shop/blue"]]) {
    test(`cilo ${words.join(" ")} works`, async () => {
      const { exitCode, stdout, stderr } = await cilo(...words);

      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /shop\/blue/);
    });
  }

  for (const words of [
    ["create", "shop/green", "--from", "src/shop"],
    ["up", "shop/blue"],
    ["destroy", "shop/blue", "--force"],
  ]) {
    test(`cilo ${words.join(" ")} ends with 3 and says which directory it may not write to`, async () => {
      const { exitCode, stderr } = await cilo(...words);

      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /EACCES.* \[CILO_HOME_NOT_WRITABLE\]\nhint: run "ls -ld /);
      assert.ok(stderr.includes(join(world.home, "locks")), stderr);
    });
  }
});
