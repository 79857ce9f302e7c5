import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();

describe("paths that leave what is copied", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  test("each copy has a directory of its own in the place of one beside it, and its own files in one around it", async () => {
    const server = "image: IMAGE, command: [sleep, '3600'], init: true";
    const source = await world.write(
      "shop",
      `services: { web: { ${server}, volumes: ["../data:/data", "..:/workspaces", "./site:/site"] } }`,
      { "site/index.html": "the shop" },
    );
    await mkdir(join(source, "../data"), { recursive: true });
    await writeFile(join(source, "../data/of-the-user"), "");
    // An environment whose workspace is where the path leads to.
    for (const copy of ["blue", "green", "data"]) await world.must("create", `shop/${copy}`, "--from", source);

    const { code, stderr } = await world.cilo(["up", "shop/blue"]);
    await world.must("up", "shop/green");
    await world.must("exec", "shop/blue", "web", "sh", "-c", "touch /data/blue /workspaces/blue");

    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /envs\/shop\/data is not in what is copied: the copy has an empty directory of its own .*\(compose\.yml:1\)/,
    );
    const inGreen = (path: string) => world.must("exec", "shop/green", "web", "ls", path);
    assert.equal(await inGreen("/data"), "");
    assert.equal(await inGreen("/workspaces"), "shop");
    assert.equal(await world.must("exec", "shop/blue", "web", "cat", "/workspaces/shop/site/index.html"), "the shop");
    assert.equal((await world.cilo(["verify", "shop/blue", "shop/green"])).code, 0);
    assert.deepEqual((await readdir(join(world.home, "envs/shop"))).sort(), ["blue", "data", "green"]);
    assert.deepEqual(await readdir(join(source, "../data")), ["of-the-user"]);
  });

  test("destroy names those directories and removes them", async () => {
    const asked = await world.cilo(["destroy", "shop/blue"]);
    await world.must("destroy", "shop/blue", "--force");

    assert.match(asked.stderr, /directories beside it, .*generated\/shop\/blue\/beside, with their data/);
    assert.equal(existsSync(join(world.home, "generated/shop/blue")), false);
    assert.equal(existsSync(join(world.home, "generated/shop/green/beside/data")), true);
  });

  test("an image is not built from another copy's workspace", async () => {
    const source = await world.write("built", "services: { web: { build: ../other } }");
    const other = await world.write("built/../other-source", "services: { x: { image: IMAGE } }", {
      Dockerfile: "FROM scratch\n",
    });
    await world.must("create", "built/blue", "--from", source);
    await world.must("create", "built/other", "--from", other, "--project", "built");

    const { code, stderr } = await world.cilo(["up", "built/blue"]);

    assert.equal(code, 2);
    assert.match(stderr, /CILO_OVERRIDE_REJECTED/);
    assert.match(stderr, /service web.*: build: it is built from beside the copy, where other copies are/);
  });
});
