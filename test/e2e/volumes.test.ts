import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();

const compose = `
services:
  store:
    image: IMAGE
    command: [sleep, "600"]
    init: true
    volumes: [/anonymous, "named:/named", "fixed:/fixed"]
volumes:
  named:
  fixed:
    name: cilo-test-fixed-volume
`;

async function mounts(container: string): Promise<Record<string, string>> {
  const text = await docker(
    "container",
    "inspect",
    container,
    "--format",
    "{{range .Mounts}}{{.Destination}} {{.Name}}\n{{end}}",
  );
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" ") as [string, string]),
  );
}

async function volumeExists(name: string): Promise<boolean> {
  return (await docker("volume", "ls", "--quiet")).split("\n").includes(name);
}

describe("volumes", { skip }, () => {
  let world: World;
  const container = "cilo-data-blue-store-1";
  before(async () => {
    world = await createWorld();
    await world.must("create", "data/blue", "--from", await world.write("data", compose));
  });
  after(() => world[Symbol.asyncDispose]());

  test("a volume with a fixed name becomes the environment's own", async (t) => {
    const users = removeAfter(t, "volume", "cilo-test-fixed-volume");
    await docker("volume", "create", users);

    await world.must("up", "data/blue");

    assert.equal((await mounts(container))["/fixed"], "cilo-data-blue_fixed");
  });

  test("down keeps named volumes with their data, and writes down the anonymous one", async () => {
    await world.must("exec", "data/blue", "store", "sh", "-c", "echo kept > /named/file");
    const anonymous = (await mounts(container))["/anonymous"] ?? "";

    await world.must("down", "data/blue");

    assert.ok(await volumeExists("cilo-data-blue_named"));
    assert.ok(await volumeExists(anonymous));
    assert.deepEqual((await world.state()).hosts.local.environments["data/blue"]?.anonymousVolumes, [anonymous]);
  });

  test("up finds the named data again", async () => {
    await world.must("up", "data/blue");

    assert.equal((await world.must("exec", "data/blue", "store", "cat", "/named/file")).trim(), "kept");
  });

  test("destroy removes named and anonymous volumes, those of before down too, and no other", async (t) => {
    const before = (await world.state()).hosts.local.environments["data/blue"]?.anonymousVolumes ?? [];
    const anonymous = [...before, (await mounts(container))["/anonymous"] ?? ""];
    const others = removeAfter(t, "volume", `cilo-test-other-${world.installation.slice(0, 8)}`);
    await docker("volume", "create", others);

    await world.must("destroy", "data/blue", "--force");

    for (const name of anonymous) assert.equal(await volumeExists(name), false, name);
    assert.ok(anonymous.every((name) => /^[0-9a-f]{64}$/.test(name)));
    assert.deepEqual(await world.engineObjects(), []);
    assert.ok(await volumeExists(others));
  });
});
