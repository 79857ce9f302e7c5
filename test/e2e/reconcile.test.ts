import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { identityOf } from "../../src/base/process-identity.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { type Plan, type PlanStep, renderPlan } from "../../src/controller/reconcile/plan.ts";
import { applyPlan, planReconciliation } from "../../src/controller/reconcile/reconcile.ts";
import type { Environment, Operation } from "../../src/model/environment.ts";
import type { State } from "../../src/model/state.ts";
import { createController } from "../support/controller.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { toFaultVariables } from "../support/faults.ts";
import { createWorld, eventually, type World } from "../support/world.ts";

const skip = await engineSkip();

const compose = `
services:
  web:
    image: IMAGE
    command: [httpd, -f, -p, "80", -h, /]
    stop_signal: SIGKILL
    volumes: [/cache, "data:/data"]
  db:
    image: IMAGE
    command: [httpd, -f, -p, "80", -h, /]
    stop_signal: SIGKILL
volumes:
  data:
`;

/** Of a process that ended before this machine was started the last time. */
const dead = { pid: 41, startTime: "1", bootId: "of-another-boot" };

describe("reconciliation", { skip }, () => {
  let world: World;
  let controller: ControllerContext;
  before(async () => {
    world = await createWorld();
    controller = createController(world.home);
    const source = await world.write("shop", compose);
    await world.startDns();
    for (const name of ["blue", "green", "red"]) {
      await world.must("create", `shop/${name}`, "--from", source);
      await world.must("up", `shop/${name}`);
    }
  });
  after(() => world[Symbol.asyncDispose]());

  /** The plan once it has come to rest: an engine tells the daemon of a change a moment after it. */
  async function planNow(): Promise<Plan> {
    return await planReconciliation(controller);
  }

  /** Does it all, and finds that nothing is left to do. */
  async function reconcile(steps: readonly PlanStep[]): Promise<void> {
    const outcome = await applyPlan(controller, { steps: [...steps] });

    assert.deepEqual(outcome.failed, []);
    assert.deepEqual(renderPlan({ ...(await planNow()), notices: [] }), "");
  }

  async function record(name: string): Promise<Environment> {
    const environment = (await world.state()).hosts.local.environments[`shop/${name}`];
    assert.ok(environment, `shop/${name} is in state`);
    return environment;
  }

  async function edit(name: string, change: (environment: Environment, draft: State) => void): Promise<void> {
    await controller.store.update((draft) => {
      const environment = draft.hosts.local.environments[`shop/${name}`];
      assert.ok(environment);
      change(environment, draft);
    });
  }

  function journal(kind: Operation["kind"], step: string, child: Operation["child"] = null): Operation {
    return { kind, ...dead, child, step, startedAt: "2026-11-20T12:00:00.000Z" };
  }

  async function isRunning(container: string): Promise<boolean> {
    return (await docker("container", "inspect", "--format", "{{.State.Running}}", container)) === "true";
  }

  test("finds nothing to do where nothing is wrong", async () => {
    assert.ok(await eventually(async () => renderPlan(await planNow()) === ""), renderPlan(await planNow()));
  });

  test("a removed container, its volume without a name, and a renamed one: state and names say what is there", async () => {
    const [volume = ""] = (await record("blue")).anonymousVolumes;
    await docker("container", "rm", "--force", "--volumes", "cilo-shop-blue-web-1");
    await docker("container", "rename", "cilo-shop-blue-db-1", "blue-mine");

    const plan = await planNow();
    await reconcile(plan.steps);

    const { status, services, anonymousVolumes } = await record("blue");
    assert.equal(
      renderPlan({ steps: plan.steps.filter(({ action }) => action === "record-facts"), notices: plan.notices }),
      "record-facts shop/blue — it is degraded, state says running; the container of db is blue-mine, state says cilo-shop-blue-db-1; " +
        `web has no container, state says cilo-shop-blue-web-1 at ${services.web?.address}; ` +
        `volume ${volume.slice(0, 12)} is gone\n`,
    );
    assert.deepEqual([status, services.db?.container, anonymousVolumes], ["degraded", "blue-mine", []]);
    assert.deepEqual(await world.resolve("web.blue.test"), []);
    assert.deepEqual(await world.resolve("db.blue.test"), [services.db?.address]);
    await world.must("up", "shop/blue");
    assert.equal((await record("blue")).status, "running");
  });

  test("what a reboot ends is recorded as stopped, with the operation that it cut off", async () => {
    await edit("blue", (environment) => {
      environment.status = "starting";
      environment.operation = journal("up", "settle");
    });
    for (const service of ["web", "db"]) {
      const { container } = (await record("blue")).services[service] ?? {};
      await docker("container", "kill", container ?? "");
    }

    const plan = await planNow();
    await reconcile(plan.steps);

    const { status, operation, lastError } = await record("blue");
    assert.match(renderPlan(plan), /^clear-operation shop\/blue — "up" \(pid 41\) ended at step settle;/);
    assert.deepEqual([status, operation, lastError], ["stopped", null, '"up" was cut off at step settle']);
    assert.deepEqual(await world.resolve("db.blue.test"), []);
    await world.must("up", "shop/blue");
    assert.deepEqual(await world.resolve("db.blue.test"), [(await record("blue")).services.db?.address]);
  });

  test("a child that a dead process left is ended, and nothing else of the environment is touched", async () => {
    const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("exit", resolve));
    const identity = await identityOf(child.pid ?? 0);
    await edit("green", (environment) => {
      environment.operation = journal("up", "compose-up", identity);
    });

    const plan = await planNow();
    await reconcile(plan.steps);

    await ended;
    assert.deepEqual(
      plan.steps.map(({ action, subject }) => `${action} ${subject}`),
      ["end-child shop/green", "clear-operation shop/green"],
    );
    assert.equal((await record("green")).status, "running");
    assert.ok(await isRunning("cilo-shop-green-web-1"));
  });

  test("containers that Compose left in the middle of a recreate, and one-offs that have ended, go", async () => {
    const labels = JSON.parse(
      await docker("container", "inspect", "--format", "{{json .Config.Labels}}", "cilo-shop-green-web-1"),
    );
    const withLabels = (more: Record<string, string>) =>
      Object.entries({ ...labels, ...more }).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    await docker("create", "--name", "0123456789ab_cilo-shop-green-web-1", ...withLabels({}), world.image, "true");
    await docker(
      ...["run", "--name", "cilo-shop-green-web-run-1", ...withLabels({ "com.docker.compose.oneoff": "True" })],
      ...[world.image, "true"],
    );

    const plan = await planNow();
    await reconcile(plan.steps);

    assert.deepEqual(
      plan.steps.map(({ action, subject, destructive }) => [action, subject, destructive]),
      [
        ["remove-container", "container 0123456789ab_cilo-shop-green-web-1", false],
        ["remove-container", "container cilo-shop-green-web-run-1", true],
      ],
    );
    assert.ok(await isRunning("cilo-shop-green-web-1"));
  });

  test("a destruction that was cut off while it saved volumes is given up, with what it read them through", async () => {
    const faults = toFaultVariables({ at: { point: "volume-archive.container-made", passing: 1, signal: "SIGKILL" } });
    const killed = await world.cilo(["destroy", "shop/green", "--force"], { env: faults });
    const left = await world.engineObjects();

    const plan = await planNow();
    await reconcile(plan.steps);

    const archives = left.filter((object) => /^container (?!cilo-shop-|blue-mine)/.test(object));
    assert.equal(killed.code, null);
    assert.match(renderPlan(plan), /clear-operation shop\/green — "destroy" .*, before anything was removed/);
    assert.ok(archives.length > 0, left.join("\n"));
    const objects = await world.engineObjects();
    assert.deepEqual(
      archives.filter((object) => objects.includes(object)),
      [],
    );
    await world.must("up", "shop/green");
  });

  test("a doctor that is killed while it mends is followed by one that finishes", async () => {
    await edit("blue", (environment) => {
      environment.status = "starting";
      environment.operation = journal("up", "compose-up");
    });
    await docker("container", "rm", "--force", "--volumes", "cilo-shop-blue-web-1");
    await edit("green", (environment, draft) => {
      const half = { ...environment, name: "half", id: randomUUID(), composeProject: "cilo-shop-half" };
      draft.hosts.local.environments["shop/half"] = { ...half, services: {}, operation: journal("create", "copy") };
    });

    const at = { point: "state.written", passing: 1, signal: "SIGKILL" as const };
    const killed = await world.cilo(["doctor", "--fix", "--yes"], { env: toFaultVariables({ at }) });
    const between = renderPlan(await planNow());
    const { stderr, stdout } = await world.cilo(["doctor", "--fix", "--yes"]);

    assert.equal(killed.code, null);
    assert.match(between, /^clear-operation shop\/blue/);
    assert.deepEqual(renderPlan({ ...(await planNow()), notices: [] }), "", stderr + stdout);
    assert.deepEqual([(await record("blue")).status, (await record("blue")).operation], ["degraded", null]);
    assert.equal((await world.state()).hosts.local.environments["shop/half"], undefined);
    assert.deepEqual(await world.resolve("web.blue.test"), []);
    await world.must("up", "shop/blue");
  });

  test("an interrupted down goes on, an interrupted destroy too, and their names go", async () => {
    await edit("green", (environment) => {
      environment.operation = journal("down", "compose-down");
    });
    await edit("red", (environment) => {
      environment.status = "destroying";
      environment.destruction = { keepWorkspace: true, undo: false };
      environment.operation = journal("destroy", "remove-volumes");
    });

    const plan = await planNow();
    const kept = await applyPlan(controller, { steps: plan.steps.filter(({ destructive }) => !destructive) });
    const wereRunning = await isRunning("cilo-shop-red-web-1");
    await reconcile(plan.steps);

    assert.deepEqual(
      plan.steps.map(({ action, destructive }) => [action, destructive]),
      [
        ["resume-down", true],
        ["resume-destroy", true],
      ],
    );
    assert.deepEqual([kept.done, wereRunning], [[], true]);
    assert.equal((await record("green")).status, "stopped");
    assert.deepEqual(Object.keys((await world.state()).hosts.local.environments), ["shop/blue", "shop/green"]);
    assert.deepEqual(
      (await world.engineObjects()).filter((object) => !object.includes("blue")),
      ["volume cilo-shop-green_data"],
    );
    assert.deepEqual(await world.resolve("web.red.test"), []);
    assert.ok(existsSync(join(world.home, "envs/shop/red/compose.yml")), "as it was chosen when it was begun");
  });

  test("what no environment accounts for goes, and what loses data only when that is wanted", async () => {
    const { id, anonymousVolumes } = await record("blue");
    await edit("blue", (environment, draft) => {
      delete draft.hosts.local.environments[`shop/${environment.name}`];
    });
    await mkdir(join(world.home, "locks", `${id}.lock`));
    const half = join(world.home, "envs", "shop", ".blue.999999999-0123456789ab.copy");
    await mkdir(half);
    await writeFile(join(world.home, "state.json.999999999.0123456789ab.tmp"), "{");

    const plan = await planNow();
    const harmless = plan.steps.filter(({ destructive }) => !destructive);
    await applyPlan(controller, { steps: harmless });
    const left = await world.engineObjects();
    await reconcile(plan.steps);

    assert.deepEqual(
      plan.steps
        .filter(({ action }) => !["withdraw", "publish"].includes(action))
        .map(({ action, subject, destructive }) => `${action}${destructive ? "!" : ""} ${subject}`),
      [
        "remove-container! container blue-mine",
        "remove-container! container cilo-shop-blue-web-1",
        "remove-network! network cilo-shop-blue_default",
        "remove-volume! volume cilo-shop-blue_data",
        `remove-files file ${half}`,
        `remove-files file ${join(world.home, "generated/shop/blue")}`,
        `remove-files file ${join(world.home, "locks", `${id}.lock`)}`,
        `remove-files file ${join(world.home, "state.json.999999999.0123456789ab.tmp")}`,
      ],
    );
    assert.equal(left.filter((object) => object.includes("blue")).length, 4);
    assert.deepEqual(await world.engineObjects(), ["volume cilo-shop-green_data"]);
    const volumes = (await docker("volume", "ls", "--quiet")).split("\n");
    assert.deepEqual(
      anonymousVolumes.filter((name) => volumes.includes(name)),
      [],
    );
    assert.equal(existsSync(half), false);
    assert.ok(existsSync(join(world.home, "envs/shop/blue/compose.yml")), "a workspace is the user's");
    assert.deepEqual(await world.resolve("web.blue.test"), []);
  });

  test("another installation's objects are not touched, and ours are none of its, also under equal names", async () => {
    await world.must("up", "shop/green");
    await using other = await createWorld();
    const source = await other.write("shop", compose);
    await other.must("create", "shop/green", "--from", source);
    await other.must("create", "shop/lost", "--from", source);
    await other.must("up", "shop/lost");
    const theirs = createController(other.home);
    await theirs.store.update((draft) => {
      delete draft.hosts.local.environments["shop/lost"];
    });

    const ours = await planNow();
    const plan = await planReconciliation(theirs);
    await applyPlan(theirs, plan);

    assert.equal(renderPlan(ours), "");
    assert.deepEqual(
      plan.steps.filter(({ subject }) => subject.includes("green")),
      [],
    );
    assert.ok(plan.steps.some(({ subject }) => subject === "container cilo-shop-lost-web-1"));
    assert.deepEqual(await other.engineObjects(), []);
    assert.ok(await isRunning("cilo-shop-green-web-1"));
  });

  test("another engine than the one the environments live on is refused", async () => {
    await edit("green", (_, draft) => {
      draft.hosts.local.engine = { endpoint: draft.hosts.local.engine?.endpoint ?? "", id: "another" };
    });

    await assert.rejects(() => planNow(), { code: "CILO_ENGINE_CHANGED", exitCode: 3 });
  });
});
