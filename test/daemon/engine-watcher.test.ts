import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { type Logger, silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { type Catalog, createCatalog } from "../../src/daemon/catalog.ts";
import { type EngineWatcher, environmentOf, startEngineWatcher } from "../../src/daemon/engine-watcher.ts";
import type { ContainerFacts, EngineEvent } from "../../src/model/engine.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { resolve, runningWeb } from "./containers.ts";
import { createFakeRuntime, type FakeRuntime } from "./fake-runtime.ts";

const blue = makeEnvironment({ services: { web: makeService({ addresses: ["10.224.0.10"] }) } });
const up = [runningWeb(blue, "10.224.0.20")];
const installation = makeState([]).installation;

function event(action: string): EngineEvent {
  return {
    type: "container",
    action,
    containerId: "c1",
    labels: { "cilo.installation": installation, "cilo.id": blue.id },
  };
}

function stateOf(engineId: string | null) {
  const state = makeState([blue]);
  state.hosts.local.engine = engineId === null ? null : { endpoint: "unix:///fake.sock", id: engineId };
  return state;
}

interface Watched {
  catalog: Catalog;
  watcher: EngineWatcher;
  bugs: unknown[];
}

/** Watches one engine after the other, the last one again and again. */
function watchEngines(
  t: TestContext,
  engines: readonly FakeRuntime[],
  { engineId = "engine-1", log = silentLogger }: { engineId?: string | null; log?: Logger } = {},
): Watched {
  const catalog = createCatalog(1);
  catalog.replaceState(stateOf(engineId), catalog.moment());
  const bugs: unknown[] = [];
  const left = [...engines];
  const watcher = startEngineWatcher({
    catalog,
    log,
    onBug: (error) => bugs.push(error),
    openRuntime() {
      const engine = left.length > 1 ? left.shift() : left[0];
      assert.ok(engine);
      return engine.provider;
    },
  });
  t.after(() => watcher.close());
  return { catalog, watcher, bugs };
}

async function until(check: () => boolean, what: string): Promise<void> {
  assert.ok(await waitFor(() => (check() ? true : null), { timeoutMs: 8_000, intervalMs: 5 }), what);
}

describe("the engine watcher", () => {
  test("looks at all when events begin to come, and at an environment at its event", async (t) => {
    let shown: ContainerFacts[] = [];
    const engine = createFakeRuntime({ list: () => shown });
    const { catalog } = watchEngines(t, [engine]);
    await until(() => catalog.engineProblem() === null, "not connected");
    assert.equal(resolve(catalog, "web.blue.test"), null);

    shown = up;
    engine.emit(event("start"));

    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.20", "the event was not followed");
    assert.deepEqual(engine.looks.slice(0, 2), ["all", blue.id]);
  });

  test("looks once more, not once an event, at what changes while it is looked at", async (t) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const engine = createFakeRuntime({
      list: async (_filter, look) => {
        if (look === 2) await released;
        return up;
      },
    });
    const { catalog, watcher } = watchEngines(t, [engine]);
    await until(() => catalog.engineProblem() === null, "not connected");
    watcher.refresh(blue.id);
    await until(() => engine.looks.length === 2, "no look");

    for (let i = 0; i < 50; i += 1) watcher.refresh(blue.id);
    release();

    await until(() => engine.looks.length === 3, "no second look");
    watcher.refresh("all");
    await until(() => engine.looks.length >= 4, "no last look");
    assert.deepEqual(engine.looks, ["all", blue.id, blue.id, "all"]);
  });

  test("looks again a little after an event, since the engine may show the change later than it tells of it", async (t) => {
    let shown = up;
    const engine = createFakeRuntime({ list: () => shown });
    const { catalog } = watchEngines(t, [engine]);
    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.20", "not seen running");

    engine.emit(event("die"));
    await until(() => engine.looks.length === 2, "no look at the event");
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.20");
    shown = [];

    await until(() => resolve(catalog, "web.blue.test") === null, "the name stayed");
    await until(() => engine.looks.length === 4, "it did not look a last time");
  });

  test("looks again later at what could not be looked at, while events come", async (t) => {
    const engine = createFakeRuntime({
      list: (_filter, look) => {
        if (look === 1) throw new CiloError("CILO_ENGINE_REQUEST_FAILED", "not now");
        return up;
      },
    });

    const { catalog, bugs } = watchEngines(t, [engine]);

    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.20", "never looked again");
    assert.deepEqual(engine.looks, ["all", "all"]);
    assert.deepEqual(bugs, []);
  });

  test("reports a bug and does not pass over it", async (t) => {
    const bug = new TypeError("undefined is not a function");
    const engine = createFakeRuntime({
      list: () => {
        throw bug;
      },
    });

    const { bugs } = watchEngines(t, [engine]);

    await until(() => bugs.length > 0, "the bug was swallowed");
    assert.deepEqual(bugs, [bug]);
  });

  test("serves what is remembered while the engine is gone, and what runs once it is back", async (t) => {
    const before = createFakeRuntime({ list: () => up });
    const after = createFakeRuntime({ list: () => [runningWeb(blue, "10.224.0.30")] });
    const { catalog } = watchEngines(t, [before, after]);
    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.20", "not seen running");

    const problems: (string | null)[] = [];
    const lose = catalog.loseEngine;
    catalog.loseEngine = (problem) => {
      lose(problem);
      problems.push(problem, resolve(catalog, "web.blue.test"));
    };
    before.die();

    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.30", "not followed again");
    assert.deepEqual(problems, ["it is gone", "10.224.0.10"]);
    assert.equal(catalog.engineProblem(), null);
    assert.equal(before.isClosed(), true);
  });

  test("does not follow another engine than the environments live on", async (t) => {
    const engine = createFakeRuntime({ list: () => assert.fail("it was asked"), id: "engine-2" });

    const { catalog, bugs } = watchEngines(t, [engine]);

    await until(() => engine.isClosed(), "not closed");
    assert.match(catalog.engineProblem() ?? "", /expected engine engine-1 .* found engine-2/);
    assert.equal(resolve(catalog, "web.blue.test"), "10.224.0.10");
    assert.deepEqual(bugs, []);
  });

  test("takes up an engine as soon as state names one", async (t) => {
    const engine = createFakeRuntime({ list: () => up });
    const { catalog, watcher } = watchEngines(t, [engine], { engineId: null });
    await until(() => catalog.engineProblem()?.startsWith("no engine is known") ?? false, "no problem");

    catalog.replaceState(stateOf("engine-1"), catalog.moment());
    watcher.reconsider();

    await until(() => resolve(catalog, "web.blue.test") === "10.224.0.20", "not followed");
  });

  test("says once why an engine cannot be followed, however often it tries", async (t) => {
    const engine = createFakeRuntime({ list: () => [] });
    let tries = 0;
    engine.provider.info = async () => {
      tries += 1;
      throw new CiloError("CILO_ENGINE_UNREACHABLE", tries < 3 ? "it is not there" : "it hangs");
    };
    const warnings: unknown[] = [];
    const log = { ...silentLogger, warn: (fields: Record<string, unknown>) => void warnings.push(fields.error) };

    const { catalog } = watchEngines(t, [engine], { log });

    await until(() => tries === 4, "it did not try again");
    assert.deepEqual(warnings, ["it is not there", "it hangs"]);
    assert.equal(catalog.engineProblem(), "it hangs");
  });

  test("closes at once, also while the engine does not say who it is", async (t) => {
    const engine = createFakeRuntime({ list: () => [] });
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    engine.provider.info = () => {
      ask();
      return new Promise(() => {});
    };
    const { watcher } = watchEngines(t, [engine]);
    await asked;

    await watcher.close();

    assert.equal(engine.isClosed(), true);
  });
});

test("an event concerns an environment when it can move a name and is of this installation", () => {
  assert.equal(environmentOf(event("stop"), installation), blue.id);
  assert.equal(environmentOf(event("health_status: healthy"), installation), null);
  assert.equal(environmentOf(event("stop"), "another"), null);
  assert.equal(environmentOf({ ...event("stop"), labels: { "cilo.installation": installation } }, installation), null);
});
