import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { probeLimits } from "../../../src/controller/verify-isolation/limits.ts";
import { planProbes } from "../../../src/controller/verify-isolation/plan-probes.ts";
import { probePlaces } from "../../../src/controller/verify-isolation/probe-places.ts";
import { createProber } from "../../../src/controller/verify-isolation/prober.ts";
import type { ContainerExecution, ProbeContainerSpec, ProbeRuntime } from "../../../src/runtime/probe-runtime.ts";
import { makeMember, makeSubject } from "./make-subject.ts";

interface FakeEngine {
  runtime: ProbeRuntime;
  /** Probe containers that were made and not yet removed. */
  living: Set<string>;
  /** Every one that was ever made. */
  made: ProbeContainerSpec[];
}

/**
 * An engine whose containers have Python when `hasPython` says so; a connection is open within an environment's
 * 10.224.x.0/24 and silent elsewhere.
 */
function makeEngine(hasPython: (container: string) => boolean, onExecute: () => void = () => {}): FakeEngine {
  const living = new Set<string>();
  const made: ProbeContainerSpec[] = [];
  const notExpected = () => {
    throw new Error("not expected of this engine");
  };
  const owners = new Map<string, string>();
  const runtime: ProbeRuntime = {
    inspectSetup: notExpected,
    storage: notExpected,
    findImage: notExpected,
    readSocketTables: notExpected,
    async execute(id, { command }) {
      onExecute();
      const nothing = { exitCode: null, timedOut: false };
      if (command[0] !== "python3" || !hasPython(id)) return { ...nothing, output: "", refusal: "no such program" };
      return { ...nothing, exitCode: 0, output: answer(owners.get(id) ?? id, command), refusal: null };
    },
    async startProbeContainer(spec) {
      if (spec.command[0] !== "python3") return { refusal: "no such program" };
      made.push(spec);
      const id = `probe-${made.length}`;
      owners.set(id, spec.joins);
      living.add(id);
      return { id };
    },
    async removeProbeContainer(id) {
      living.delete(id);
    },
  };
  return { runtime, living, made };
}

/** What python3 would write, in a container whose id has its environment's name in it. */
function answer(container: string, command: ContainerExecution["command"]): string {
  const [, , script = "", , ...questions] = command;
  const own = container.includes("blue") ? "10.224.0." : "10.224.1.";
  if (script.includes("SOCK_DGRAM")) {
    return questions
      .map((name, index) => `${index} ${name === container.replace("id-", "") ? `0 ${own}10` : "0"}`)
      .join("\n");
  }
  const addresses = questions.filter((_, index) => index % 2 === 0);
  return addresses.map((address, index) => `${index} ${address.startsWith(own) ? "0" : "1 timed out"}`).join("\n");
}

/** Two environments of one container each; `tools` has an image of its own. */
function makePlans(options: { tools?: boolean } = {}) {
  const tools = options.tools
    ? [makeMember("blue-xtools", "blue_default", "10.224.0.11", { imageId: "sha256:tools" })]
    : [];
  const blue = makeSubject("blue", [makeMember("blue-web", "blue_default", "10.224.0.10"), ...tools]);
  const green = makeSubject("green", [makeMember("green-web", "green_default", "10.224.1.10")]);
  return planProbes([blue, green], { ...probeLimits, maxPlaces: 1 }).map(({ plan }) => plan);
}

async function run(engine: FakeEngine, options: { tools?: boolean; image?: string; signal?: AbortSignal } = {}) {
  await using prober = createProber({
    runtime: engine.runtime,
    limits: probeLimits,
    signal: options.signal ?? new AbortController().signal,
    labelsFor: (environment) => ({ of: environment }),
  });
  return await probePlaces(makePlans(options), { prober, limits: probeLimits, image: options.image ?? null });
}

describe("probePlaces", () => {
  test("asks inside the containers themselves where they have what it takes", async () => {
    const engine = makeEngine(() => true);

    const reports = await run(engine);

    assert.deepEqual(
      reports.map(({ place, connect, lookup }) => [place.owner.name, connect, lookup]),
      ["blue-web", "green-web"].map((name) => {
        const works = { method: "python3", via: "container", image: "sha256:busybox" };
        return [name, works, works];
      }),
    );
    assert.deepEqual(
      reports[0]?.connections.map(({ target, outcome }) => [target.container, outcome]),
      [
        ["blue-web", "open"],
        ["green-web", "silent"],
      ],
    );
    assert.deepEqual(
      reports.map(({ ownNameResolved }) => ownNameResolved),
      [true, true],
    );
    assert.deepEqual(engine.made, []);
  });

  test("where they have not, one is put beside them of an image that another container showed to have it, and removed", async () => {
    const engine = makeEngine((id) => id === "id-blue-xtools" || id.startsWith("probe-"));

    const reports = await run(engine, { tools: true });

    const beside = engine.made.map(({ image, joins, labels }) => [image, joins, labels.of]);
    assert.deepEqual(beside.sort(), [
      ["sha256:tools", "id-blue-web", "shop/blue"],
      ["sha256:tools", "id-green-web", "shop/green"],
    ]);
    assert.deepEqual(
      reports.map(({ connect }) => connect?.via),
      ["probe-container", "probe-container"],
    );
    assert.deepEqual([...engine.living], []);
  });

  test("an image that the user names is taken in the place of any other", async () => {
    const engine = makeEngine((id) => id.startsWith("probe-"));

    const reports = await run(engine, { image: "alpine" });

    assert.deepEqual(
      engine.made.map(({ image }) => image),
      ["alpine", "alpine"],
    );
    assert.deepEqual(
      reports.map(({ connect }) => connect?.image),
      ["alpine", "alpine"],
    );
  });

  test("where nothing has it nothing is made, and that is what the report says", async () => {
    const engine = makeEngine(() => false);

    const reports = await run(engine);

    assert.deepEqual(
      reports.map(({ connectProblem, lookupProblem, connections }) => [connectProblem, lookupProblem, connections]),
      [
        ["no-tools", "no-tools", []],
        ["no-tools", "no-tools", []],
      ],
    );
    assert.deepEqual(engine.made, []);
  });

  test("when it is broken off no probe container is left", async () => {
    const interrupt = new AbortController();
    const engine = makeEngine(
      (id) => id.startsWith("probe-"),
      () => {
        if (engine.living.size > 0) interrupt.abort();
        interrupt.signal.throwIfAborted();
      },
    );

    await assert.rejects(run(engine, { image: "alpine", signal: interrupt.signal }), { name: "AbortError" });

    assert.ok(engine.made.length > 0);
    assert.deepEqual([...engine.living], []);
  });
});
