import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

const skip = await engineSkip();

describe("several commands at once", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    await world.must("create", "shop/blue", "--from", await world.project("shop"));
  });
  after(() => world[Symbol.asyncDispose]());

  test("a second up of an environment waits for the first, and both succeed", async () => {
    const first = world.cilo(["up", "shop/blue"]);
    assert.ok(
      await eventually(async () => Boolean((await world.state()).hosts.local.environments["shop/blue"]?.operation)),
    );

    const second = await world.cilo(["up", "shop/blue"]);

    assert.equal((await first).code, 0, (await first).stderr);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stderr, /waiting for "up shop\/blue" to end \(pid \d+\)/);
    assert.equal((await world.engineObjects()).filter((object) => object.startsWith("container")).length, 3);
  });

  test("with --no-wait the second ends with 4 and says who is at work", async () => {
    await world.must("down", "shop/blue");
    const first = world.cilo(["up", "shop/blue"]);
    assert.ok(
      await eventually(async () => Boolean((await world.state()).hosts.local.environments["shop/blue"]?.operation)),
    );

    const second = await world.cilo(["up", "shop/blue", "--no-wait"]);

    assert.equal(second.code, 4, second.stderr);
    assert.match(second.stderr, /pid \d+[\s\S]*\[CILO_OPERATION_IN_PROGRESS\]/);
    assert.equal((await first).code, 0);
  });

  test("twelve creates at once get twelve subnets", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `copy-${index}`);

    const runs = await Promise.all(
      names.map((name) => world.cilo(["create", `shop/${name}`, "--from", `${world.directory}/src/shop`])),
    );

    assert.deepEqual(
      runs.map(({ code }) => code),
      names.map(() => 0),
      runs.map(({ stderr }) => stderr).join("\n"),
    );
    const environments = Object.values((await world.state()).hosts.local.environments);
    assert.equal(new Set(environments.map(({ subnet }) => subnet)).size, 13);
    assert.ok(environments.every(({ operation }) => operation === null));
  });

  test("of two creates of one name, one succeeds and one ends with 4", async () => {
    const runs = await Promise.all(
      [1, 2].map(() => world.cilo(["create", "shop/twin", "--from", `${world.directory}/src/shop`])),
    );

    assert.deepEqual(runs.map(({ code }) => code).sort(), [0, 4]);
  });

  test("an up whose cilo was killed is taken over by the next", async () => {
    await world.must("down", "shop/blue");
    const controller = new AbortController();
    const killed = world.cilo(["up", "shop/blue"], { killSignal: controller.signal });
    const isStarting = async () => {
      const { operation } = (await world.state()).hosts.local.environments["shop/blue"] ?? {};
      return operation?.step === "compose-up";
    };
    assert.ok(await eventually(isStarting));
    controller.abort();
    await killed;

    const { code, stderr } = await world.cilo(["up", "shop/blue"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /an earlier "up" \(pid \d+\) ended in the middle/);
    const { environment } = JSON.parse(await world.must("status", "shop/blue", "--json"));
    assert.equal(environment.status, "running");
  });
});
