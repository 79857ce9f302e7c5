import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { resolveEndpoint } from "../../src/runtime/docker/endpoint.ts";
import { parseState } from "../../src/state/schema.ts";
import { beginCilo } from "../support/begun-cilo.ts";
import { engineSkip, unixSkip } from "../support/engine.ts";
import { type EngineProxy, startEngineProxy } from "../support/engine-proxy.ts";
import { mountSkip, mountSmallHome, type SmallHome } from "../support/small-home.ts";
import { createWorld, eventually, type Run, type World } from "../support/world.ts";

const skip = mountSkip() || (await engineSkip()) || (await unixSkip());
const skipUnlessWhole = process.env.CILO_FAULTS !== "all" && 'part of "npm run test:faults"';
const kib = 1024;

const compose = `services:
  web:
    image: IMAGE
    init: true
    command: [httpd, -f, -p, "80", -h, /]
    volumes: [data:/data]
volumes:
  data: {}
`;

describe("a full disk under CILO_HOME", { skip }, () => {
  let world: World;
  let home: SmallHome;
  let source: string;
  let proxy: EngineProxy;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    world = await createWorld();
    proxy = await startEngineProxy((await resolveEndpoint({ env: process.env })).endpoint);
    env = { DOCKER_HOST: proxy.endpoint };
    home = await mountSmallHome(world, 3 * kib);
    source = await world.write("shop", compose, { large: "x".repeat(200 * kib) });
    await world.must("create", "shop/blue", "--from", source);
  });
  after(async () => {
    await world.cilo(["dns", "stop"]);
    await home[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  function assertFull(run: Run): void {
    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, /\[CILO_DISK_FULL\]\nhint: /);
    assert.doesNotMatch(run.stderr, /\n +at /);
  }

  /** The state file as another program sees it. */
  async function assertStateIsWhole(): Promise<void> {
    assert.ok("state" in parseState(await world.state()));
    assert.deepEqual(
      (await readdir(world.home)).filter((name) => name.endsWith(".tmp")),
      [],
    );
  }

  // Nothing, a lock, a lock and a state file, some files of the copy.
  for (const leftBytes of [0, 4 * kib, 8 * kib, 16 * kib, 100 * kib]) {
    test(`create with ${leftBytes} bytes left ends with 3, leaves nothing, and works once there is space`, {
      skip: ![4 * kib, 100 * kib].includes(leftBytes) && skipUnlessWhole,
    }, async () => {
      await home.fill(leftBytes);

      const run = await world.cilo(["create", "shop/green", "--from", source]);

      assertFull(run);
      await assertStateIsWhole();
      assert.deepEqual(Object.keys((await world.state()).hosts.local.environments), ["shop/blue"]);
      assert.deepEqual(await readdir(join(world.home, "envs/shop")), ["blue"]);
      assert.deepEqual(await readdir(join(world.home, "locks")), []);
      await home.free();
      await world.must("create", "shop/green", "--from", source);
      await world.must("destroy", "shop/green", "--yes", "--no-undo");
    });
  }

  // The lock; the override; a step of the journal while Compose runs; the end.
  for (const request of [/^GET \/info/, /^GET \/networks/, /^GET \/images\/json/, /^POST \/containers\/create/]) {
    test(`a disk that is full from ${request} of up on ends it with 3, and it works once there is space`, {
      skip: !request.test("GET /networks") && skipUnlessWhole,
    }, async () => {
      proxy.breakAt({ request, fault: "hang" });
      const begun = beginCilo(world, ["up", "shop/blue"], env);
      await proxy.met();
      await home.fill();
      proxy.heal();

      const run = await begun.ended;

      assertFull(run);
      await assertStateIsWhole();
      const shown = await world.cilo(["list", "--json"]);
      assert.equal(shown.code, 0, shown.stderr);
      await home.free();
      await world.must("up", "shop/blue");
      const { operation, status } = (await world.state()).hosts.local.environments["shop/blue"] ?? {};
      assert.deepEqual({ operation, status }, { operation: null, status: "running" });
      await world.must("down", "shop/blue");
    });
  }

  test("what only reads works", async () => {
    await world.must("up", "shop/blue");
    await home.fill();

    const runs = [
      ["list"],
      ["status", "shop/blue"],
      ["path", "shop/blue"],
      ["logs", "shop/blue"],
      ["exec", "shop/blue", "web", "true"],
      ["check", source],
    ].map((args) => world.cilo(args));

    for (const { code, stderr } of await Promise.all(runs)) assert.equal(code, 0, stderr);
    await home.free();
  });

  test("the daemon goes on answering when it can write no log any more", async () => {
    await world.startDns();
    assert.ok(await eventually(async () => (await world.resolve("web.blue.test")).length === 1));
    await home.fill();

    // Each query that cannot be forwarded and each change of a container is a line.
    const restarted = await world.cilo(["exec", "shop/blue", "web", "kill", "1"]);
    await world.cilo(["down", "shop/blue"]);

    assert.equal(restarted.code, 0, restarted.stderr);
    assert.equal((await world.cilo(["dns", "status"])).code, 0);
    await home.free();
    await world.must("dns", "stop");
  });

  test("down that cannot note what it does ends with 3 and works once there is space", async () => {
    await world.must("up", "shop/blue");
    await home.fill();

    const run = await world.cilo(["down", "shop/blue"]);

    assertFull(run);
    await home.free();
    await world.must("down", "shop/blue");
  });

  test("destroy says that the trash has no room for what is saved, removes nothing, and works without", async () => {
    await world.must("up", "shop/blue");
    await writeFile(join((await world.must("path", "shop/blue")).trim(), "work"), "x".repeat(600 * kib));
    await home.fill();

    const saving = await world.cilo(["destroy", "shop/blue", "--force"]);
    const objects = await world.engineObjects();
    const plain = await world.cilo(["destroy", "shop/blue", "--force", "--no-undo"]);

    assert.equal(saving.code, 3, saving.stderr);
    assert.match(saving.stderr, /hint: .*--no-undo/);
    assert.ok(objects.includes("volume cilo-shop-blue_data"), objects.join());
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stderr, /the disk is full/);
    assert.deepEqual(await world.engineObjects(), []);
    assert.deepEqual((await world.state()).hosts.local.environments, {});
    await home.free();
    await world.must("create", "shop/blue", "--from", source);
  });
});
