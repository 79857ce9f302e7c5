import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();

describe("what up warns of", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  function composeOf(fields: string): string {
    return `services: { web: { image: ${world.image}, command: [sleep, "600"], init: true, ${fields} } }\n`;
  }

  /** Makes an environment and gives what changes its project. */
  async function create(name: string, fields: string): Promise<(fields: string) => Promise<void>> {
    const source = await world.write(name, composeOf(fields));
    await world.must("create", `${name}/blue`, "--from", source);
    const workspace = (await world.must("path", `${name}/blue`)).trim();
    return (changed) => writeFile(join(workspace, "compose.yml"), composeOf(changed));
  }

  test("is told once, also where what came anew leaves the override as it was, and where another command came before", async () => {
    const change = await create("news", "stop_grace_period: 1s");
    const first = await world.cilo(["up", "news/blue"]);
    await change('stop_grace_period: 1s, volumes: ["/srv:/srv"]');
    await world.must("compose", "news/blue", "config");

    const second = await world.cilo(["up", "news/blue"]);
    const third = await world.cilo(["up", "news/blue"]);

    const told = [first, second, third].map(({ code, stderr }) => [code, /\/srv is outside the copy/.test(stderr)]);
    assert.deepEqual(told, [
      [0, false],
      [0, true],
      [0, false],
    ]);
    assert.match(second.stderr, /\(compose\.yml:1\)/);
  });

  test("is told at the next try where the first was refused", async () => {
    const bind = 'stop_grace_period: 1s, volumes: ["/srv:/srv"]';
    // Compose 2.26 reads the list, and cannot merge another file with it.
    const change = await create("refused", `${bind}, security_opt: []`);
    const first = await world.cilo(["up", "refused/blue"]);
    await change(bind);

    const second = await world.cilo(["up", "refused/blue"]);

    assert.equal(second.code, 0, second.stderr);
    const telling = [first, second].filter(({ stderr }) => /\/srv is outside the copy/.test(stderr));
    assert.deepEqual(telling, [first.code === 0 ? first : second]);
  });
});
