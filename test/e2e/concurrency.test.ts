import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Host } from "../../src/model/state.ts";
import { parseState } from "../../src/state/schema.ts";
import { engineSkip } from "../support/engine.ts";
import { listHomeLeftovers } from "../support/home-leftovers.ts";
import { createWorld, eventually, listTree, type World } from "../support/world.ts";

const skip = await engineSkip();

/** The environments in a state file that fits its schema. */
async function readValidState(world: World): Promise<Host> {
  const parsed = parseState(await world.state());
  if ("problems" in parsed) throw new Error(`the state file does not fit: ${parsed.problems.join("; ")}`);
  return parsed.state.hosts.local;
}

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

  test("a hundred creates at once all succeed, with a hundred subnets, and leave nothing behind", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `copy-${index}`);
    const source = `${world.directory}/src/shop`;

    const runs = await Promise.all(names.map((name) => world.cilo(["create", `many/${name}`, "--from", source])));

    const failed = runs.filter(({ code }) => code !== 0);
    assert.deepEqual(
      failed.map(({ code, stderr }) => `${code} ${stderr}`),
      [],
    );
    const { environments } = await readValidState(world);
    const created = Object.values(environments).filter(({ project }) => project === "many");
    assert.deepEqual(created.map(({ name }) => name).sort(), names.toSorted());
    const all = Object.values(environments);
    assert.equal(new Set(all.map(({ subnet }) => subnet)).size, all.length);
    assert.ok(all.every(({ operation }) => operation === null));
    assert.deepEqual((await readdir(join(world.home, "envs/many"))).sort(), names.toSorted());
    const expected = await listTree(source);
    for (const name of names) assert.deepEqual(await listTree(join(world.home, "envs/many", name)), expected);
    assert.deepEqual(await listHomeLeftovers(world.home), []);
  });

  test("of a hundred creates of one name at once, one succeeds and the others end with 4", async () => {
    const source = `${world.directory}/src/shop`;
    const before = Object.keys((await readValidState(world)).environments);

    const runs = await Promise.all(
      Array.from({ length: 100 }, () => world.cilo(["create", "one/twin", "--from", source])),
    );

    const codes = Map.groupBy(runs, ({ code }) => code);
    assert.equal(codes.get(0)?.length, 1);
    assert.equal(codes.get(4)?.length, 99, runs.find(({ code }) => code !== 0 && code !== 4)?.stderr);
    for (const { stderr } of codes.get(4) ?? [])
      assert.match(stderr, /one\/twin (exists already|is being created)[\s\S]*CILO_ENVIRONMENT_EXISTS/);
    assert.deepEqual(Object.keys((await readValidState(world)).environments).sort(), [...before, "one/twin"].sort());
    assert.deepEqual(await listTree(join(world.home, "envs/one/twin")), await listTree(source));
    assert.deepEqual(await listHomeLeftovers(world.home), []);
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
