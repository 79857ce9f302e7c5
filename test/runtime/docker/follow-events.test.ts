import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, describe, type TestContext, test } from "node:test";
import { waitFor } from "../../../src/base/wait.ts";
import type { EngineEvent } from "../../../src/model/engine.ts";
import { resolveEndpoint } from "../../../src/runtime/docker/endpoint.ts";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import type { RuntimeProvider } from "../../../src/runtime/provider.ts";
import { ensureBusyboxImage, type TestImage } from "../../support/busybox-image.ts";
import { docker, engineSkip, removeAfter } from "../../support/engine.ts";
import { takeEngineTurn } from "../../support/engine-turn.ts";
import { type FakeEngine, startFakeEngine } from "../../support/fake-engine.ts";

const imageTag = "cilo-rt-busybox:events";
const skip = await engineSkip();
const timeoutMs = 20_000;

/** An event stream that is being followed. */
interface Following {
  events: EngineEvent[];
  ready: Promise<void>;
  /** Settles as the stream does. */
  ended: Promise<void>;
  stop(): void;
}

function follow(provider: RuntimeProvider): Following {
  const controller = new AbortController();
  const events: EngineEvent[] = [];
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const ended = (async () => {
    for await (const event of provider.events(controller.signal, resolve)) events.push(event);
  })();
  // A rejection is looked at by the test, maybe later than it happens.
  ended.catch(() => {});
  return { events, ready, ended, stop: () => controller.abort() };
}

async function waitUntilSeen(following: Following, wanted: (event: EngineEvent) => boolean): Promise<EngineEvent> {
  const event = await waitFor(() => following.events.find(wanted) ?? null, { timeoutMs, intervalMs: 10 });
  assert.ok(event !== null, `not seen; seen: ${JSON.stringify(following.events)}`);
  return event;
}

describe("events of a real engine", { skip }, () => {
  let provider: RuntimeProvider;
  let image: TestImage;
  let endTurn: () => Promise<void>;
  before(async () => {
    endTurn = await takeEngineTurn();
    const { endpoint } = await resolveEndpoint({ env: process.env });
    provider = createDockerProvider({ endpoint, env: process.env });
    image = await ensureBusyboxImage(imageTag);
  });
  after(async () => {
    await provider[Symbol.asyncDispose]();
    await image.remove();
    await endTurn();
  });

  async function createNetwork(t: TestContext, name: string, third: number, ...labels: string[]): Promise<string> {
    const options = labels.flatMap((label) => ["--label", label]);
    return docker("network", "create", "--subnet", `10.221.${third}.0/24`, ...options, removeAfter(t, "network", name));
  }

  async function run(t: TestContext, name: string, ...options: string[]): Promise<string> {
    return docker(
      "run",
      "--detach",
      "--init",
      "--name",
      removeAfter(t, "container", name),
      ...options,
      imageTag,
      "sleep",
      "600",
    );
  }

  test("tell of containers with cilo's label, of their health, and of no others", async (t) => {
    const following = follow(provider);
    t.after(following.stop);
    await following.ready;

    await run(t, "cilo-rt-stranger");
    const health = ["--health-cmd", "true", "--health-interval", "100ms"];
    const id = await run(t, "cilo-rt-seen", "--label", "cilo=true", "--label", "cilo.id=cilo-rt-e1", ...health);
    const isOurs = (event: EngineEvent) => event.labels["cilo.id"] === "cilo-rt-e1";
    await waitUntilSeen(following, (event) => isOurs(event) && event.action === "health_status: healthy");
    await docker("rm", "--force", "cilo-rt-seen");
    await waitUntilSeen(following, (event) => isOurs(event) && event.action === "destroy");

    const ours = following.events.filter(isOurs);
    assert.ok(ours.every((event) => event.type === "container" && event.containerId === id));
    assert.deepEqual(
      ours.map(({ action }) => action),
      ["create", "start", "health_status: healthy", "die", "destroy"],
    );
    assert.ok(!following.events.some(({ labels }) => labels.name === "cilo-rt-stranger"));
  });

  test("tell of a stop a second time, once the engine has done with it", async (t) => {
    const following = follow(provider);
    t.after(following.stop);
    await following.ready;
    await run(t, "cilo-rt-stopped", "--label", "cilo=true", "--stop-signal", "SIGKILL");

    await docker("stop", "cilo-rt-stopped");

    const isOurs = ({ labels }: EngineEvent) => labels.name === "cilo-rt-stopped";
    for (const action of ["die", "stop"]) {
      await waitUntilSeen(following, (event) => isOurs(event) && event.action === action);
    }
    // Engine 28 reports the last two in either order.
    const [created, started, ...ended] = following.events.filter(isOurs).map(({ action }) => action);
    assert.deepEqual([created, started, ...ended.sort()], ["create", "start", "die", "stop"]);
  });

  test("tell of containers that join and leave a network with cilo's label, with the network's labels", async (t) => {
    await createNetwork(t, "cilo-rt-before", 20, "cilo=true", "cilo.id=cilo-rt-e2");
    const following = follow(provider);
    t.after(following.stop);
    await following.ready;
    await createNetwork(t, "cilo-rt-later", 21, "cilo=true", "cilo.id=cilo-rt-e3");
    await createNetwork(t, "cilo-rt-foreign", 22);
    const id = await run(t, "cilo-rt-joiner");

    for (const network of ["cilo-rt-before", "cilo-rt-later", "cilo-rt-foreign"]) {
      await docker("network", "connect", network, "cilo-rt-joiner");
      await docker("network", "disconnect", network, "cilo-rt-joiner");
      await docker("network", "rm", network);
    }
    await waitUntilSeen(following, ({ action, labels }) => action === "destroy" && labels["cilo.id"] === "cilo-rt-e3");

    const seen = (environment: string) =>
      following.events
        .filter(({ labels }) => labels["cilo.id"] === environment)
        .map(({ type, action, containerId }) => `${type} ${action} ${containerId === id ? "joiner" : containerId}`)
        // The engine says twice that a container left.
        .filter((line, index, lines) => line !== lines[index - 1]);
    const comeAndGo = ["network connect joiner", "network disconnect joiner", "network destroy null"];
    assert.deepEqual(seen("cilo-rt-e2"), comeAndGo);
    assert.deepEqual(seen("cilo-rt-e3"), ["network create null", ...comeAndGo]);
    assert.ok(!following.events.some(({ type, labels }) => type === "network" && labels.cilo !== "true"));
  });

  test("miss nothing that happens right after the subscription is ready", async (t) => {
    for (const round of [1, 2, 3, 4, 5]) {
      const following = follow(provider);
      await following.ready;

      const name = `cilo-rt-early-${round}`;
      await docker("create", "--name", removeAfter(t, "container", name), "--label", "cilo=true", imageTag, "true");

      await waitUntilSeen(following, ({ action, labels }) => action === "create" && labels.name === name);
      following.stop();
      await following.ended;
    }
  });

  test("end without a throw when they are aborted, at once", async () => {
    const following = follow(provider);
    await following.ready;

    following.stop();

    await following.ended;
  });
});

describe("events of an engine that misbehaves", () => {
  const started = {
    Type: "container",
    Action: "start",
    Actor: { ID: "c1", Attributes: { cilo: "true" } },
  };

  /** An engine with an empty list of networks and with `events` as its event stream. */
  function engineWith(events: (response: ServerResponse) => void): Promise<FakeEngine> {
    return startFakeEngine((request, response) => {
      if (request.url?.startsWith("/events")) events(response);
      else response.end("[]");
    });
  }

  function provide(engine: FakeEngine): RuntimeProvider {
    return createDockerProvider({ endpoint: engine.endpoint, env: {} });
  }

  test("are asked for from a moment before the request on, since engines answer before they subscribe", async () => {
    const startMs = Date.now();
    const { promise: asked, resolve } = Promise.withResolvers<URL>();
    await using engine = await startFakeEngine((request, response) => {
      if (request.url?.startsWith("/events")) resolve(new URL(request.url, "http://docker"));
      response.write("[]");
      response.end();
    });
    await using provider = provide(engine);

    await assert.rejects(follow(provider).ended);

    const query = (await asked).searchParams;
    const sinceMs = Number(query.get("since")) * 1000;
    assert.ok(startMs <= sinceMs && sinceMs <= Date.now(), `${startMs} ${sinceMs}`);
    assert.deepEqual(Object.keys(JSON.parse(query.get("filters") ?? "")), ["type", "event"]);
  });

  test("throw when it is killed in the middle of the stream, after what it had said", async () => {
    await using engine = await engineWith((response) => response.write(`${JSON.stringify(started)}\n{"Type":"cont`));
    await using provider = provide(engine);
    const following = follow(provider);
    await following.ready;
    await waitUntilSeen(following, ({ action }) => action === "start");

    await engine.die();

    await assert.rejects(following.ended, { code: "CILO_ENGINE_UNREACHABLE" });
    assert.deepEqual(following.events, [
      { type: "container", action: "start", containerId: "c1", labels: { cilo: "true" } },
    ]);
  });

  test("throw when it stops in good order", async () => {
    await using engine = await engineWith((response) => response.end(`${JSON.stringify(started)}\n`));
    await using provider = provide(engine);
    const following = follow(provider);

    await assert.rejects(following.ended, { code: "CILO_ENGINE_UNREACHABLE", message: /it ended the event stream$/ });
    assert.equal(following.events.length, 1);
  });

  test("throw when nothing listens", async () => {
    await using provider = createDockerProvider({ endpoint: "unix:///nonexistent/engine.sock", env: {} });

    await assert.rejects(follow(provider).ended, { code: "CILO_ENGINE_UNREACHABLE", message: /no such socket$/ });
  });

  test("throw the engine's words when it refuses", async () => {
    await using engine = await engineWith((response) => {
      response.statusCode = 500;
      response.end('{"message":"out of order"}');
    });
    await using provider = provide(engine);

    await assert.rejects(follow(provider).ended, {
      code: "CILO_ENGINE_REQUEST_FAILED",
      message: /report events: out of order$/,
    });
  });

  test("end when they are aborted before the engine has answered", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using engine = await engineWith(() => resolve());
    await using provider = provide(engine);
    const following = follow(provider);
    await asked;

    following.stop();

    await following.ended;
  });

  test("do not begin when they are aborted before", async () => {
    let asked = false;
    await using engine = await engineWith(() => {
      asked = true;
    });
    await using provider = provide(engine);

    for await (const _ of provider.events(AbortSignal.abort(), () => assert.fail("ready"))) assert.fail("an event");

    assert.equal(asked, false);
  });

  test("end when the provider is closed", async () => {
    await using engine = await engineWith((response) => response.flushHeaders());
    const provider = provide(engine);
    const following = follow(provider);
    await following.ready;

    await provider[Symbol.asyncDispose]();

    await following.ended;
  });

  test("close the connection when the reader leaves", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await using engine = await engineWith((response) => {
      response.on("close", resolve);
      response.write(`${JSON.stringify(started)}\n`);
    });
    await using provider = provide(engine);

    for await (const event of provider.events(new AbortController().signal, () => {})) {
      assert.equal(event.containerId, "c1");
      break;
    }

    await closed;
  });

  test("close the connection when the engine cannot say which networks it has", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await using engine = await startFakeEngine((request, response) => {
      if (request.url?.startsWith("/events")) response.on("close", resolve).flushHeaders();
      else response.end("garbage");
    });
    await using provider = provide(engine);

    await assert.rejects(follow(provider).ended, { code: "CILO_ENGINE_REQUEST_FAILED" });

    await closed;
  });

  test("pass over what is no event", async () => {
    await using engine = await engineWith((response) => response.write(`garbage\n{}\n${JSON.stringify(started)}\n`));
    await using provider = provide(engine);
    const following = follow(provider);

    await waitUntilSeen(following, ({ action }) => action === "start");

    assert.equal(following.events.length, 1);
    following.stop();
    await following.ended;
  });
});
