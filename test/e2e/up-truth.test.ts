import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip } from "../support/engine.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

const skip = await engineSkip();
const sleeper = 'image: IMAGE, command: [sleep, "600"], init: true';
const ending = (code: number) => `image: IMAGE, command: [sh, -c, "echo last words; exit ${code}"]`;
const sick = `image: IMAGE, command: [sh, -c, "echo last words; sleep 600"], init: true`;
const check = (options: string) => `healthcheck: { test: [CMD, "false"], interval: 1s, ${options} }`;

describe("up tells the truth", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  async function statusOf(key: string) {
    const { environment } = JSON.parse(await world.must("status", key, "--json"));
    const services = environment.services.map(({ name, status }: Record<string, string>) => [name, status]);
    return { status: environment.status, services: Object.fromEntries(services), lastError: environment.lastError };
  }

  const failures: { what: string; compose: string; says: RegExp }[] = [
    {
      what: "a service that never becomes healthy",
      compose: `services: { web: { ${sick}, ${check("start_period: 600s, retries: 100")} } }`,
      says: /web \(starting\)\n {2}web \| last words[\s\S]*--timeout SECONDS/,
    },
    {
      what: "a service that is unhealthy",
      compose: `services: { web: { ${sick}, ${check("retries: 1")} } }`,
      says: /web \(unhealthy\)\n {2}web \| last words/,
    },
    {
      what: "a service that ends at once with an error",
      compose: `services: { web: { ${ending(3)} } }`,
      says: /web \(exited\)\n {2}web \| last words[\s\S]*cilo logs .* web/,
    },
    {
      what: "a service with a health check that ends with 0 before the first check",
      compose: `services: { web: { ${ending(0)}, ${check("retries: 1")} } }`,
      says: /web \(exited\)\n {2}web \| last words/,
    },
    {
      what: "a service that is started again and again although it ends with 0",
      compose: `services: { web: { ${ending(0)}, restart: unless-stopped } }`,
      says: /web \((restarting|exited)\)\n {2}web \| last words/,
    },
    {
      what: "an image that is nowhere",
      compose: "services: { web: { image: none.invalid/shop, pull_policy: never } }",
      says: /docker compose could not start .*: [\s\S]*none\.invalid\/shop/,
    },
    {
      what: "a job that fails and that another waits for",
      compose: `services:
  init: { ${ending(3)} }
  web: { ${sleeper}, depends_on: { init: { condition: service_completed_successfully } } }`,
      says: /init \(exited\)\n {2}init \| last words/,
    },
    {
      what: "the second of several jobs in a row",
      compose: `services:
  first: { ${ending(0)} }
  second: { ${ending(4)}, depends_on: { first: { condition: service_completed_successfully } } }
  web: { ${sleeper}, depends_on: { second: { condition: service_completed_successfully } } }`,
      says: /second \(exited\)\n {2}second \| last words/,
    },
    {
      what: "an unhealthy service that another waits for",
      compose: `services:
  db: { ${sick}, ${check("retries: 1")} }
  web: { ${sleeper}, depends_on: { db: { condition: service_healthy } } }`,
      says: /db \(unhealthy\)\n {2}db \| last words/,
    },
    {
      what: "a service that another waits for and that never becomes healthy",
      compose: `services:
  db: { ${sick}, ${check("start_period: 600s, retries: 100")} }
  web: { ${sleeper}, depends_on: { db: { condition: service_healthy } } }`,
      says: /others waited more than 4 s for db\ndb \(starting\)\n {2}db \| last words/,
    },
  ];

  failures.push({
    what: "a service with published ports that ends with 0",
    compose: `services: { web: { ${ending(0)}, ports: ["8080:80"] }, db: { ${sleeper} } }`,
    says: /web \(exited\)\n {2}web \| last words/,
  });

  for (const [index, { what, compose, says }] of failures.entries()) {
    test(`${what} is an error that ends with its last words, and status does not say running`, async () => {
      const key = `fails${index}/blue`;
      await world.must("create", key, "--from", await world.write(`fails${index}`, compose));

      const { code, stderr } = await world.cilo(["up", key, "--timeout", "4"]);

      assert.equal(code, 1, stderr);
      assert.match(stderr, says);
      const { status, lastError } = await statusOf(key);
      assert.equal(status, "failed");
      assert.match(lastError, /did not come up|could not start/);
      await world.must("destroy", key, "--force");
    });
  }

  test("a job that ends with 0 has done its work, also where it carries a restart policy meant for others", async () => {
    const compose = `services:
  init: { ${ending(0)}, restart: on-failure }
  web: { ${sleeper}, depends_on: { init: { condition: service_completed_successfully } } }`;
    await world.must("create", "job/blue", "--from", await world.write("job", compose));

    await world.must("up", "job/blue");

    assert.deepEqual(await statusOf("job/blue"), {
      status: "running",
      services: { init: "done", web: "running" },
      lastError: null,
    });
    await world.must("destroy", "job/blue", "--force");
  });

  for (const progress of ["quiet", "json", "tty"]) {
    test(`the wait of others ends although the shell has COMPOSE_PROGRESS=${progress} for Compose`, async () => {
      const key = `progress/${progress}`;
      const compose = `services:
  db: { ${sick}, ${check("start_period: 600s, retries: 100")} }
  web: { ${sleeper}, depends_on: { db: { condition: service_healthy } } }`;
      await world.must("create", key, "--from", await world.write("progress", compose));

      const { code, stderr } = await world.cilo(["up", key, "--timeout", "2"], {
        env: { COMPOSE_PROGRESS: progress, COMPOSE_ANSI: "always" },
      });

      assert.equal(code, 1, stderr);
      assert.match(stderr, /others waited more than 2 s for db\ndb \(starting\)/);
      await world.must("destroy", key, "--force");
    });
  }

  test("a job may take longer than services may to become healthy", async () => {
    const job = 'image: IMAGE, command: [sh, -c, "sleep 4"], init: true';
    const compose = `services:
  job: { ${job} }
  web: { ${sleeper}, depends_on: { job: { condition: service_completed_successfully } } }`;
    await world.must("create", "slow/blue", "--from", await world.write("slow", compose));

    const { code, stderr } = await world.cilo(["up", "slow/blue", "--timeout", "2"]);

    assert.equal(code, 0, stderr);
    await world.must("destroy", "slow/blue", "--force");
  });

  test("what ends with 0 some time after up, and of which the project says nothing, has done its work", async () => {
    const compose = `services: { seed: { image: IMAGE, command: [sh, -c, "sleep 2"], init: true }, web: { ${sleeper} } }`;
    await world.must("create", "seed/blue", "--from", await world.write("seed", compose));
    await world.must("up", "seed/blue");

    assert.ok(await eventually(async () => (await statusOf("seed/blue")).services.seed === "done"));
    assert.equal((await statusOf("seed/blue")).status, "running");
    await world.must("destroy", "seed/blue", "--force");
  });

  test("an up that was killed after it had made the network again is gone on from by the next", async () => {
    await world.must("create", "again/blue", "--from", await world.write("again", `services: { web: { ${sleeper} } }`));
    await world.must("up", "again/blue");
    await world.must("compose", "again/blue", "stop");
    const network = "cilo-again-blue_default";
    const [{ Labels: labels, IPAM: ipam }] = JSON.parse(await docker("network", "inspect", network));
    await docker("network", "rm", network);
    const options = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    const { Subnet: subnet, Gateway: gateway, IPRange: range } = ipam.Config[0];
    const place = ["--subnet", subnet, "--gateway", gateway, "--ip-range", range];
    await docker("network", "create", ...place, ...options, network);

    const { code, stderr } = await world.cilo(["up", "again/blue"]);

    assert.equal(code, 0, stderr);
    assert.equal((await statusOf("again/blue")).status, "running");
    await world.must("destroy", "again/blue", "--force");
  });

  test("a server that Compose was asked to stop, and that ended with 0, is down and not done", async () => {
    const command = "[sh, -c, \"trap 'exit 0' TERM; while :; do sleep 0.1; done\"]";
    const compose = `services: { web: { image: IMAGE, command: ${command}, ports: ["80"] }, db: { ${sleeper} } }`;
    await world.must("create", "stop/blue", "--from", await world.write("stop", compose));
    await world.must("up", "stop/blue");

    await world.must("compose", "stop/blue", "stop", "web");

    assert.equal(await docker("inspect", "cilo-stop-blue-web-1", "--format", "{{.State.ExitCode}}"), "0");
    const { status, services } = await statusOf("stop/blue");
    assert.equal(services.web, "exited");
    assert.equal(status, "degraded");
    await world.must("up", "stop/blue");
    assert.equal((await statusOf("stop/blue")).status, "running");
    await world.must("destroy", "stop/blue", "--force");
  });
});
