import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();

/** What must be just as before: id of a container with its state, id of a network, creation time of a volume. */
async function fingerprint(container: string, network: string, volume: string): Promise<string[]> {
  return [
    await docker("container", "inspect", container, "--format", "{{.Id}} {{.State.Status}} {{.State.StartedAt}}"),
    await docker("network", "inspect", network, "--format", "{{.Id}}"),
    await docker("volume", "inspect", volume, "--format", "{{.CreatedAt}} {{.Name}}"),
  ];
}

describe("what cilo did not create", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    const source = await world.project("shop");
    await world.must("create", "shop/blue", "--from", source);
  });
  after(() => world[Symbol.asyncDispose]());

  test("bystanders with the project's own names are untouched by a whole life", async (t) => {
    const suffix = world.installation.slice(0, 8);
    const names = [`shop-web`, `shop_default_${suffix}`, `shop_data_${suffix}`] as const;
    removeAfter(t, "network", names[1]);
    removeAfter(t, "volume", names[2]);
    removeAfter(t, "container", names[0]);
    await docker("network", "create", names[1]);
    await docker("volume", "create", names[2]);
    await docker(
      "run",
      "--detach",
      "--name",
      names[0],
      "--label",
      "com.docker.compose.project=shop",
      "--volume",
      `${names[2]}:/data`,
      world.image,
      "sleep",
      "600",
    );
    const before = await fingerprint(...names);

    await world.must("up", "shop/blue");
    await world.must("down", "shop/blue");
    await world.must("up", "shop/blue");
    await world.must("destroy", "shop/blue", "--force");

    assert.deepEqual(await fingerprint(...names), before);
    await docker("rm", "--force", names[0]);
    await world.must("create", "shop/blue", "--from", `${world.directory}/src/shop`);
  });

  const conflicts: [string, (world: World) => Promise<unknown>, string][] = [
    ["container", (w) => docker("create", "--name", "cilo-shop-blue-web-1", w.image, "true"), "cilo-shop-blue-web-1"],
    ["network", () => docker("network", "create", "cilo-shop-blue_default"), "cilo-shop-blue_default"],
    ["volume", () => docker("volume", "create", "cilo-shop-blue_data"), "cilo-shop-blue_data"],
  ];
  for (const [kind, make, name] of conflicts) {
    test(`up refuses a ${kind} with one of our names but not our id, exit 4, and leaves it`, async (t) => {
      removeAfter(t, kind as "container" | "network" | "volume", name);
      await make(world);
      const before = await docker(kind, "inspect", name);

      const { code, stderr } = await world.cilo(["up", "shop/blue"]);

      assert.equal(code, 4, stderr);
      assert.match(stderr, new RegExp(`${kind} ${name}[\\s\\S]*\\[CILO_FOREIGN_RESOURCE\\]`));
      assert.equal(await docker(kind, "inspect", name), before);
      assert.deepEqual(await world.engineObjects(), []);
    });
  }

  test("down and destroy leave a stranger that calls itself part of our Compose project", async (t) => {
    await world.must("up", "shop/blue");
    const stranger = removeAfter(t, "container", `cilo-stranger-${world.installation.slice(0, 8)}`);
    await docker(
      "run",
      "--detach",
      "--name",
      stranger,
      "--label",
      "com.docker.compose.project=cilo-shop-blue",
      "--label",
      "com.docker.compose.service=web",
      "--label",
      "com.docker.compose.config-hash=0",
      world.image,
      "sleep",
      "600",
    );
    const before = await docker("container", "inspect", stranger, "--format", "{{.Id}} {{.State.Status}}");

    const { code, stderr } = await world.cilo(["destroy", "shop/blue", "--force"]);

    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`warning: container ${stranger} .* stays`));
    assert.equal(await docker("container", "inspect", stranger, "--format", "{{.Id}} {{.State.Status}}"), before);
    assert.deepEqual(await world.engineObjects(), []);
  });

  test("another installation's environment of the same name is a conflict, not ours", async () => {
    await using other = await createWorld();
    const source = await other.project("shop");
    await other.must("create", "shop/blue", "--from", source);
    await other.must("up", "shop/blue");
    await world.cilo(["create", "shop/blue", "--from", `${world.directory}/src/shop`]);

    const { code, stderr } = await world.cilo(["up", "shop/blue"]);
    const destroyed = await world.cilo(["destroy", "shop/blue", "--force"]);

    assert.equal(code, 4, stderr);
    assert.equal(destroyed.code, 0, destroyed.stderr);
    assert.equal((await other.engineObjects()).filter((object) => object.startsWith("container")).length, 3);
  });
});
