import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { engineSkip } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();
const sleeper = "image: IMAGE, command: [sleep, '600'], init: true";
const compose = `services:
  web: { ${sleeper} }
  dev: { ${sleeper}, profiles: [dev], volumes: [/scratch] }
  debug: { ${sleeper}, profiles: [debug] }
`;

describe("profiles chosen for an environment", { skip }, () => {
  let world: World;
  let source: string;
  before(async () => {
    world = await createWorld();
    source = await world.write("prof", compose, { ".cilo/config.yml": "profiles: [debug]\n" });
    await world.startDns();
  });
  after(async () => {
    // A volume without a name has no label to find it by later.
    for (const copy of ["blue", "green"]) await world.cilo(["destroy", `prof/${copy}`, "--force"]);
    await world[Symbol.asyncDispose]();
  });

  async function runningIn(copy: string): Promise<string[]> {
    const prefix = `container cilo-prof-${copy}-`;
    const objects = await world.engineObjects();
    return objects.filter((object) => object.startsWith(prefix)).map((object) => object.slice(prefix.length, -2));
  }

  async function profilesOf(copy: string): Promise<string[]> {
    return JSON.parse(await world.must("status", `prof/${copy}`, "--json")).environment.profiles;
  }

  test("create refuses one that no service has, lists those there are, and makes nothing", async () => {
    const { code, stderr } = await world.cilo(["create", "prof/blue", "--from", source, "--profile", "dve"]);

    assert.equal(code, 2);
    assert.match(stderr, /no service has the profile "dve"[\s\S]*choose from debug, dev/);
    assert.equal((await world.cilo(["status", "prof/blue"])).code, 2);
  });

  test("create remembers them, and they win over those of the configuration, in that environment alone", async () => {
    await world.must("create", "prof/blue", "--from", source, "--profile", "dev");
    await world.must("create", "prof/green", "--from", source);

    for (const copy of ["blue", "green"]) await world.must("up", `prof/${copy}`);

    assert.deepEqual(await runningIn("blue"), ["dev", "web"]);
    assert.deepEqual(await runningIn("green"), ["debug", "web"]);
    assert.deepEqual(await profilesOf("blue"), ["dev"]);
    assert.deepEqual(await profilesOf("green"), ["debug"]);
    assert.match(await world.must("status", "prof/blue"), /^profiles +dev$/m);
  });

  test("compose uses them", async () => {
    assert.deepEqual((await world.must("compose", "prof/blue", "config", "--services")).trim().split("\n").sort(), [
      "dev",
      "web",
    ]);
  });

  test("up with others removes what is off now with its name, and what is on stays as it is", async () => {
    assert.equal((await world.resolve("dev.blue.test")).length, 1);

    await world.must("up", "prof/blue", "--profile", "debug", "--profile", "debug");

    assert.deepEqual(await runningIn("blue"), ["debug", "web"]);
    assert.deepEqual(await world.resolve("dev.blue.test"), []);
    assert.equal((await world.resolve("debug.blue.test")).length, 1);
    assert.deepEqual(await profilesOf("blue"), ["debug"]);
    assert.deepEqual(await runningIn("green"), ["debug", "web"]);
  });

  test("the volume without a name of a service that left is remembered until destroy", async () => {
    const { anonymousVolumes } = (await world.state()).hosts.local.environments["prof/blue"] ?? {};

    assert.equal(anonymousVolumes?.length, 1);
  });

  test("up refuses one that no service has, and changes nothing", async () => {
    const before = await runningIn("blue");

    const { code, stderr } = await world.cilo(["up", "prof/blue", "--profile", "none"]);

    assert.equal(code, 2);
    assert.match(
      stderr,
      /choose from debug, dev, or take the choice back with "cilo up prof\/blue --default-profiles"/,
    );
    assert.deepEqual(await runningIn("blue"), before);
    assert.deepEqual(await profilesOf("blue"), ["debug"]);
    assert.equal((await world.state()).hosts.local.environments["prof/blue"]?.status, "running");
  });

  test("down and up keep the choice", async () => {
    await world.must("up", "prof/blue", "--profile", "*");
    await world.must("down", "prof/blue");
    await world.must("up", "prof/blue");

    assert.deepEqual(await runningIn("blue"), ["debug", "dev", "web"]);
  });

  test("--default-profiles takes it back: the configuration decides again, whatever it says later", async () => {
    await world.must("up", "prof/blue", "--default-profiles");
    assert.deepEqual(await runningIn("blue"), ["debug", "web"]);
    const workspace = (await world.must("path", "prof/blue")).trim();
    await writeFile(join(workspace, ".cilo/config.yml"), "profiles: [dev]\n");

    await world.must("up", "prof/blue");

    assert.deepEqual(await runningIn("blue"), ["dev", "web"]);
    assert.deepEqual(await profilesOf("blue"), ["dev"]);
  });

  test("where nothing says which, COMPOSE_PROFILES does, as for docker compose", async () => {
    const workspace = (await world.must("path", "prof/blue")).trim();
    await writeFile(join(workspace, ".cilo/config.yml"), "");
    await writeFile(join(workspace, ".env"), "COMPOSE_PROFILES=debug\n");
    await world.must("up", "prof/blue");
    assert.deepEqual(await runningIn("blue"), ["debug", "web"]);
    assert.deepEqual(await profilesOf("blue"), ["debug"]);

    const { code, stderr } = await world.cilo(["up", "prof/blue"], { env: { COMPOSE_PROFILES: "dev,debug" } });

    assert.equal(code, 0, stderr);
    assert.deepEqual(await runningIn("blue"), ["debug", "dev", "web"]);
  });

  test("a profile of the configuration that no service has is told with its place", async () => {
    const workspace = (await world.must("path", "prof/green")).trim();
    await writeFile(join(workspace, ".cilo/config.yml"), "profiles:\n  - nope\n");

    const { code, stderr } = await world.cilo(["up", "prof/green"]);

    assert.equal(code, 2);
    assert.match(stderr, /\.cilo\/config\.yml:2:5: profiles names "nope", which no service has; there are debug, dev/);
  });

  test("both options at once are wrong usage", async () => {
    const { code } = await world.cilo(["up", "prof/green", "--profile", "dev", "--default-profiles"]);

    assert.equal(code, 2);
  });
});
