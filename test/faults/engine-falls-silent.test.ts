import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { resolveEndpoint } from "../../src/runtime/docker/endpoint.ts";
import { beginCilo } from "../support/begun-cilo.ts";
import { engineSkip, unixSkip } from "../support/engine.ts";
import { type EngineProxy, type FaultRule, startEngineProxy } from "../support/engine-proxy.ts";
import { createWorld, eventually, type Run, type World } from "../support/world.ts";

const skip = (await engineSkip()) || (await unixSkip());
const skipUnlessWhole = process.env.CILO_FAULTS !== "all" && 'part of "npm run test:faults"';

const compose = `services:
  web:
    image: IMAGE
    init: true
    command: [httpd, -f, -p, "80", -h, /]
    volumes: [data:/data]
volumes:
  data: {}
`;

/** Everything hangs from a command's first request on; the daemon, which asks too, has asked that one before. */
const frozen: FaultRule = { request: /^GET \/info/, fault: "hang", freezes: true };

describe("an engine that is lost in the middle", { skip }, () => {
  let world: World;
  let proxy: EngineProxy;
  let source: string;
  before(async () => {
    world = await createWorld();
    const { endpoint } = await resolveEndpoint({ env: process.env });
    proxy = await startEngineProxy(endpoint);
    source = await world.write("shop", compose);
    assert.equal((await cilo("create", "shop/blue", "--from", source)).code, 0);
    assert.equal((await cilo("up", "shop/blue")).code, 0);
    await world.startDns();
    assert.ok(await eventually(answers));
  });
  after(async () => {
    proxy.heal();
    await world[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  function cilo(...args: string[]): Promise<Run> {
    return world.cilo(args, { env: { DOCKER_HOST: proxy.endpoint } });
  }

  async function answers(): Promise<boolean> {
    return (await world.resolve("web.blue.test")).length === 1;
  }

  async function recordOf(key: string) {
    const record = (await world.state()).hosts.local.environments[key];
    assert.ok(record);
    return record;
  }

  /** What every command that needs an engine ends with. */
  function assertUnreachable(run: Run, why: RegExp): void {
    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, /\[CILO_ENGINE_UNREACHABLE\]\nhint: run /);
    assert.match(run.stderr, why);
    assert.doesNotMatch(run.stderr, /\n +at /);
  }

  /** All is as if nothing had been. */
  async function assertUpWorks(): Promise<void> {
    const run = await cilo("up", "shop/blue");
    assert.equal(run.code, 0, run.stderr);
    const { status, operation, lastError } = await recordOf("shop/blue");
    assert.deepEqual({ status, operation, lastError }, { status: "running", operation: null, lastError: null });
    assert.match((await cilo("list")).stdout, /shop\/blue +running +\S+ +1\/1/);
    assert.ok(await eventually(answers));
  }

  test("while it hangs, list and status show what was known last, names answer, create works", async () => {
    proxy.breakAt(frozen);

    const [list, status, create, names] = await Promise.all([
      cilo("list"),
      cilo("status", "shop/blue", "--json"),
      cilo("create", "shop/green", "--from", source),
      world.resolve("web.blue.test"),
    ]);
    proxy.heal();

    assert.equal(list.code, 0, list.stderr);
    assert.match(list.stdout, /shop\/blue +running/);
    assert.match(list.stderr, /waiting for the engine at \S+ to answer\n/);
    assert.match(list.stderr, /shown as last known: cannot reach the engine at \S+: it did not answer in time/);
    const { environment, engineProblem } = JSON.parse(status.stdout);
    assert.equal(environment.services[0].status, "cached");
    assert.deepEqual(environment.services[0].addresses, names);
    assert.match(engineProblem, /did not answer in time/);
    assert.equal(create.code, 0, create.stderr);
    assert.equal((await cilo("destroy", "shop/green", "--yes")).code, 0);
  });

  for (const args of [["down", "shop/blue"], ["up", "shop/blue", "--recreate"], ["logs", "shop/blue"], ["doctor"]]) {
    test(`Ctrl-C ends cilo ${args.join(" ")} while the engine hangs`, {
      skip: args[0] !== "down" && skipUnlessWhole,
    }, async () => {
      proxy.breakAt(frozen);
      const run = beginCilo(world, args, { DOCKER_HOST: proxy.endpoint });
      await proxy.met();

      run.interrupt();
      const { code, stderr } = await run.ended;
      proxy.heal();

      assert.equal(code, 130, stderr);
      assert.match(stderr, /\[CILO_INTERRUPTED\]/);
      assert.equal((await recordOf("shop/blue")).operation, null);
      await assertUpWorks();
    });
  }

  test("Ctrl-C ends an up whose Compose waits for an engine that hangs", async () => {
    proxy.breakAt({ request: /^POST \/containers\/create/, fault: "hang", freezes: true });
    const run = beginCilo(world, ["up", "shop/blue", "--recreate"], { DOCKER_HOST: proxy.endpoint });
    await proxy.met();

    run.interrupt();
    const { code, stderr } = await run.ended;
    proxy.heal();

    assert.equal(code, 130, stderr);
    assert.match(stderr, /starting shop\/blue was interrupted \[CILO_INTERRUPTED\]/);
    assert.equal((await recordOf("shop/blue")).operation, null);
    await assertUpWorks();
  });

  const ends: [what: string, args: string[], rule: FaultRule][] = [
    ["closes the connection", ["up", "--recreate"], { request: /^POST \/containers\/[^/]+\/start/, fault: "close" }],
    ["breaks off in a reply", ["up", "--recreate"], { request: /^POST \/containers\/create/, fault: "close-in-body" }],
    ["closes the connection", ["down"], { request: /^POST \/containers\/[^/]+\/stop/, fault: "close" }],
    ["closes the connection", ["down"], { request: /^DELETE \/networks/, fault: "close" }],
  ];
  for (const [what, [verb = "", ...flags], rule] of ends) {
    test(`an engine that ${what} at ${rule.request} during ${verb} is named, and the next up works`, {
      skip: verb !== "up" && skipUnlessWhole,
    }, async () => {
      proxy.breakAt(rule);

      const run = await cilo(verb, "shop/blue", ...flags);
      proxy.heal();

      assertUnreachable(run, /was lost while docker compose worked with it|it closed the connection/);
      const { operation, lastError } = await recordOf("shop/blue");
      assert.equal(operation, null);
      assert.match(lastError ?? "", /the engine at/);
      await assertUpWorks();
    });
  }

  test("an engine that fails at everything is taken at its word", async () => {
    proxy.breakAt({ request: null, fault: "fail" });

    const [up, list] = await Promise.all([cilo("up", "shop/blue"), cilo("list")]);
    proxy.heal();

    assert.equal(up.code, 1, up.stderr);
    assert.match(up.stderr, /out of order \[CILO_ENGINE_REQUEST_FAILED\]/);
    assert.equal(list.code, 0);
    assert.match(list.stderr, /shown as last known: .*out of order/);
    await assertUpWorks();
  });

  test("an engine that is slow is waited for", { skip: skipUnlessWhole }, async () => {
    proxy.breakAt({ request: /^GET \/(info|containers|networks|volumes)/, fault: "delay", delayMs: 300 });

    const run = await cilo("down", "shop/blue");
    proxy.heal();

    assert.equal(run.code, 0, run.stderr);
    await assertUpWorks();
  });

  test("an engine that stops in the middle of up is named with how to start it; names come back with it", async () => {
    proxy.breakAt({ request: /^POST \/containers\/[^/]+\/start/, fault: "hang" });
    const begun = beginCilo(world, ["up", "shop/blue", "--recreate"], { DOCKER_HOST: proxy.endpoint });
    await proxy.met();

    await proxy.refuse();
    const run = await begun.ended;
    const [list, down] = await Promise.all([cilo("list"), cilo("down", "shop/blue")]);
    proxy.heal();
    await proxy.listen();

    assertUnreachable(
      run,
      /was lost while docker compose worked with it: there is no such socket\b.*\n.*systemctl start/s,
    );
    assert.match(list.stderr, /shown as last known/);
    assertUnreachable(down, /there is no such socket/);
    await assertUpWorks();
  });

  test("destroy that is broken off can be repeated", async () => {
    proxy.breakAt({ request: /^DELETE \/networks/, fault: "close" });

    const broken = await cilo("destroy", "shop/blue", "--force", "--no-undo");
    const list = await cilo("list");
    proxy.heal();
    const again = await cilo("destroy", "shop/blue", "--force", "--no-undo");

    assertUnreachable(broken, /it closed the connection/);
    assert.match(list.stdout, /shop\/blue +destroying/);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await world.engineObjects(), []);
    assert.equal((await cilo("create", "shop/blue", "--from", source)).code, 0);
    await assertUpWorks();
  });

  // These wait as long as cilo does before it gives an engine up.
  const hanging: [args: string[], request: RegExp | null][] = [
    [["up", "--recreate"], null],
    [["up", "--recreate"], /^POST \/networks\/create|^GET \/networks/],
    [["up", "--recreate"], /^POST \/containers\/create/],
    [["up", "--recreate"], /^POST \/containers\/[^/]+\/start/],
    [["down"], null],
    [["down"], /^POST \/containers\/[^/]+\/stop/],
    [["down"], /^DELETE \/containers/],
    [["down"], /^DELETE \/networks/],
    [["logs"], null],
  ];
  for (const [[verb = "", ...flags], request] of hanging) {
    test(`an engine that hangs ${request === null ? "from the beginning" : `from ${request} on`} is given up by ${verb}`, {
      skip: skipUnlessWhole,
    }, async () => {
      proxy.breakAt({ request, fault: "hang", freezes: true });

      const run = await cilo(verb, "shop/blue", ...flags);
      proxy.heal();

      assertUnreachable(run, /it did not answer in time/);
      assert.match(run.stderr, /hint: run "systemctl status docker"/);
      assert.equal((await recordOf("shop/blue")).operation, null);
      await assertUpWorks();
    });
  }
});
