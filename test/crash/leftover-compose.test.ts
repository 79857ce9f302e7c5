import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { identityOf } from "../../src/base/process-identity.ts";
import { listDescendants } from "../../src/state/process-tree.ts";
import { engineSkip } from "../support/engine.ts";
import { toFaultVariables } from "../support/faults.ts";
import { createWorld, eventually, listObjects, type World } from "../support/world.ts";

const skip = await engineSkip();

/** `up` waits as long as it is let: what web depends on never becomes healthy. */
const compose = `
services:
  web: { image: IMAGE, command: [sleep, "3600"], stop_signal: SIGKILL, depends_on: { slow: { condition: service_healthy } } }
  slow:
    image: IMAGE
    command: [sleep, "3600"]
    stop_signal: SIGKILL
    healthcheck: { test: [CMD, "false"], interval: 1s, retries: 100000 }
`;

/** Starts Compose as a child of its own and hands no signal on, as some docker programs do. */
const careless = `#!/bin/sh
for directory in /usr/local/lib /usr/local/libexec /usr/lib /usr/libexec "$HOME/.docker"; do
  for plugin in "$directory/docker/cli-plugins/docker-compose" "$directory/cli-plugins/docker-compose"; do
    if [ -x "$plugin" ]; then "$plugin" "$@"; exit $?; fi
  done
done
exit 127
`;

describe("docker compose that goes on when cilo alone is killed", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    const plugins = join(world.directory, "docker/cli-plugins");
    await mkdir(plugins, { recursive: true });
    await writeFile(join(plugins, "docker-compose"), careless);
    await chmod(join(plugins, "docker-compose"), 0o755);
    await world.must("create", "shop/blue", "--from", await world.write("shop", compose));
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [how, isIndirect, next] of [
    ["as a child of cilo", false, ["down", "shop/blue"]],
    ["as a child of a program that hands no signal on", true, ["destroy", "shop/blue", "--force"]],
  ] as const) {
    test(`${how} is ended by the next command, which then does its work`, async () => {
      const env = isIndirect ? { DOCKER_CONFIG: join(world.directory, "docker") } : {};
      const killer = new AbortController();
      const killed = world.cilo(["up", "shop/blue"], { killSignal: killer.signal, env });
      assert.ok(
        await eventually(
          async () =>
            (await listObjects(`cilo.installation=${world.installation}`)).includes("container cilo-shop-blue-slow-1"),
          30_000,
        ),
      );
      const child = (await world.state()).hosts.local.environments["shop/blue"]?.operation?.child;
      assert.ok(child);
      const family = [child.pid, ...(await listDescendants(child.pid))];

      killer.abort();
      await killed;

      assert.deepEqual(await identityOf(child.pid), child);
      const alive = join(world.directory, "alive");
      const files = family.map((pid) => `/proc/${pid}/status`).join(" ");
      const look = `grep --no-messages --files-without-match '^State:.Z' ${files} > ${alive}; true`;
      const at = { point: "operation.leftover-ended", passing: 1, run: ["sh", "-c", look] };
      const { code, stderr } = await world.cilo(next, { env: toFaultVariables({ at }) });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /an earlier "up" \(pid \d+\) ended in the middle, at "compose-up"/);
      assert.equal(await readFile(alive, "utf8"), "", "when the next operation began");
      assert.deepEqual(await world.engineObjects(), []);
    });
  }
});
