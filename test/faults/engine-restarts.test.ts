import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { beginCilo } from "../support/begun-cilo.ts";
import { docker } from "../support/engine.ts";
import { type OwnEngine, ownEngineSkip, startOwnEngine } from "../support/own-engine.ts";
import { createWorld, eventually, type Run, type World } from "../support/world.ts";

const isWhole = process.env.CILO_FAULTS === "all";
const skip = isWhole ? await ownEngineSkip() : 'part of "npm run test:faults"';

const compose = `services:
  stays:
    image: IMAGE
    init: true
    restart: unless-stopped
    command: [httpd, -f, -p, "80", -h, /]
  goes:
    image: IMAGE
    init: true
    command: [sleep, "600"]
  slow:
    image: IMAGE
    init: true
    command: [sh, -c, "sleep 4; touch /tmp/up; exec sleep 600"]
    healthcheck: { test: [CMD, test, -f, /tmp/up], interval: 200ms, retries: 100 }
  last:
    image: IMAGE
    init: true
    command: [sleep, "600"]
    depends_on: { slow: { condition: service_healthy } }
`;

describe("an engine that is stopped and started again", { skip }, () => {
  let engine: OwnEngine;
  let world: World;
  before(async () => {
    engine = await startOwnEngine();
    process.env.DOCKER_HOST = engine.endpoint;
    world = await createWorld();
    await world.must("create", "shop/blue", "--from", await world.write("shop", compose));
    await world.startDns();
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  /** Begins an `up`, and gives it once Compose waits for a service's health. */
  async function beginUp(): Promise<{ ended: Promise<Run> }> {
    await world.must("down", "shop/blue");
    const begun = beginCilo(world, ["up", "shop/blue"]);
    const isWaiting = async () => (await docker("container", "ls", "--quiet", "--filter", "health=starting")) !== "";
    assert.ok(await eventually(isWaiting, 30_000));
    return begun;
  }

  /** Status and services of the one environment, by what `list` says: "stays running". */
  async function list(): Promise<{ status: string; services: string[] }> {
    const { environments } = JSON.parse(await world.must("list", "--json"));
    const services: { name: string; status: string }[] = environments[0].services;
    return { status: environments[0].status, services: services.map(({ name, status }) => `${name} ${status}`) };
  }

  async function assertTruth(): Promise<void> {
    const told: string[] = [];
    const isTrue = async () => {
      const engines = (await docker("container", "ls", "--format", "{{.Names}}")).split("\n").filter(Boolean).sort();
      const shown = (await list()).services.filter((service) => !/ (exited|missing|done|off)$/.test(service));
      const ours = shown.map((service) => `cilo-shop-blue-${service.split(" ")[0]}-1`).sort();
      const names = await Promise.all(
        ["stays", "goes"].map(async (service) => (await world.resolve(`${service}.blue.test`)).length),
      );
      const running = ["stays", "goes"].map((service) => Number(engines.includes(`cilo-shop-blue-${service}-1`)));
      told.push(JSON.stringify({ engines, ours, names }));
      return isDeepStrictEqual([engines, running], [ours, names]);
    };
    assert.ok(await eventually(isTrue, 20_000), told.at(-1));
  }

  async function assertUpWorks(): Promise<void> {
    await world.must("up", "shop/blue");
    assert.equal((await list()).status, "running");
    await assertTruth();
  }

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`up says that it was lost when it ends by ${signal} meanwhile, and works once it is back`, async () => {
      const { ended } = await beginUp();

      await engine.stop(signal);
      const run = await ended;
      const [cached, down] = [await world.cilo(["list"]), await world.cilo(["down", "shop/blue"])];
      await engine.start();

      for (const { code, stderr } of [run, down]) {
        assert.equal(code, 3, stderr);
        assert.match(stderr, /\[CILO_ENGINE_UNREACHABLE\]\nhint: run "sudo systemctl start docker"/);
      }
      assert.match(run.stderr, /was lost while docker compose worked with it/);
      assert.equal((await world.state()).hosts.local.environments["shop/blue"]?.operation, null);
      assert.equal(cached.code, 0);
      assert.match(cached.stderr, /shown as last known: /);
      await assertTruth();
      // An engine that was killed may still hold what it cannot start again; only down is sure to take it away.
      if (signal === "SIGKILL") await world.must("down", "shop/blue");
      await assertUpWorks();
    });

    test(`list and names tell the truth after ${signal} and a start, with restart policies and without`, async () => {
      await assertUpWorks();

      await engine.stop(signal);
      const names = await world.resolve("stays.blue.test");
      await engine.start();
      const isBack = async () => (await list()).services.includes("stays running");
      // What an engine does for its containers after it was killed is its own affair.
      if (signal === "SIGTERM") assert.ok(await eventually(isBack, 30_000));

      assert.equal(names.length, 1, "names come from what is known while there is no engine");
      await assertTruth();
      if (signal === "SIGKILL") await world.must("down", "shop/blue");
      await assertUpWorks();
    });
  }

  test("an up lives through an engine that stands still for some seconds", async () => {
    const { ended } = await beginUp();

    engine.freeze();
    const shown = await world.cilo(["list"]);
    engine.thaw();
    const run = await ended;

    assert.match(shown.stderr, /shown as last known: .*did not answer in time/);
    assert.equal(run.code, 0, run.stderr);
    await assertTruth();
  });

  test("an up gives up an engine that goes on standing still", async () => {
    const { ended } = await beginUp();

    engine.freeze();
    const run = await ended;
    const name = await world.resolve("stays.blue.test");
    engine.thaw();

    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, /was lost while docker compose worked with it: it did not answer in time/);
    assert.match(run.stderr, /hint: run "systemctl status docker"/);
    assert.ok(name.length <= 1);
    await assertTruth();
    await assertUpWorks();
  });
});
