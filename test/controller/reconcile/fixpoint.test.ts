import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { diff } from "../../../src/controller/reconcile/diff.ts";
import type { Observation, ObservedEngine, ServedEnvironment } from "../../../src/controller/reconcile/observation.ts";
import { type PlanStep, plan, renderPlan } from "../../../src/controller/reconcile/plan.ts";
import type { ContainerFacts, NetworkFacts } from "../../../src/model/engine.ts";
import { type Environment, environmentStatuses, keyOf, operationKinds } from "../../../src/model/environment.ts";
import { labelsOfProbe } from "../../../src/model/labels.ts";
import { isLive } from "../../../src/model/observation.ts";
import {
  containerOf,
  ended,
  installation,
  journal,
  networkOf,
  now,
  observationOf,
  runningEnvironment,
  volumeOf,
} from "./machine.ts";
import { applyToModel, isOurs } from "./model.ts";

/** What may be found of a service: each is a fault of its own, and any number of them may come together. */
const containerFaults: Record<string, (environment: Environment, service: string) => ContainerFacts[]> = {
  none: (environment, service) => [containerOf(environment, service)],
  gone: () => [],
  ended: (environment, service) => [ended(containerOf(environment, service))],
  renamed: (environment, service) => [containerOf(environment, service, { name: `mine-${service}` })],
  moved: (environment, service) => {
    const container = containerOf(environment, service);
    const addresses = Object.fromEntries(Object.keys(container.addresses).map((name) => [name, "10.9.9.9"]));
    return [{ ...container, addresses }];
  },
  "older network": (environment, service) => {
    const container = ended(containerOf(environment, service));
    const networkIds = Object.fromEntries(Object.keys(container.networkIds ?? {}).map((name) => [name, "old"]));
    return [{ ...container, networkIds }];
  },
  "half recreated": (environment, service) => {
    const container = containerOf(environment, service);
    return [container, { ...ended(container), id: `new-${container.id}`, name: `0123456789ab_${container.name}` }];
  },
  "almost recreated": (environment, service) => {
    const container = containerOf(environment, service);
    return [ended(container), { ...container, id: `new-${container.id}`, name: `0123456789ab_${container.name}` }];
  },
  "one-off": (environment, service) => {
    const labels = { "com.docker.compose.oneoff": "True" };
    const oneOff = containerOf(environment, service, { id: `run-${environment.id}`, name: "run", labels });
    return [containerOf(environment, service), ended(oneOff), { ...oneOff, id: `live-${oneOff.id}` }];
  },
  "of no service": (environment) => [containerOf(environment, "older"), ended(containerOf(environment, "old"))],
  probes: (environment, service) => {
    const probe = (id: string, offsetMs: number) => ({
      ...containerOf(environment, service, { id: `${id}-${environment.id}`, name: id }),
      labels: labelsOfProbe(installation, environment, new Date(now.getTime() + offsetMs)),
    });
    return [containerOf(environment, service), probe("stale", -1), probe("fresh", 60_000)];
  },
  committed: (environment, service) => [
    containerOf(environment, service, { id: `mine-${environment.id}`, name: "mine", imageId: "sha256:2" }),
  ],
  "of another installation": (environment, service) => [
    containerOf(environment, service, {
      id: `theirs-${environment.id}`,
      name: "theirs",
      labels: { "cilo.installation": "other" },
    }),
  ],
  "of nobody": (_, service) => [{ ...containerOf(blank, service), id: `free-${service}`, labels: {} }],
};

const blank = runningEnvironment("blank", 99);

const networkFaults: Record<string, (environment: Environment) => NetworkFacts[]> = {
  none: (environment) => [networkOf(environment)],
  gone: () => [],
  anew: (environment) => [networkOf(environment, { id: `anew-${environment.id}` })],
  subnet: (environment) => [networkOf(environment, { subnets: ["172.30.0.0/16"] })],
  twice: (environment) => [networkOf(environment), networkOf(environment, { id: `second-${environment.id}` })],
  unknown: (environment) => [networkOf(environment), networkOf(environment, { id: `x-${environment.id}`, name: "x" })],
  theirs: (environment) => [networkOf(environment, { id: `t-${environment.id}`, labels: { cilo: "true" } })],
};

interface Wreck {
  name: string;
  isKnown: boolean;
  status: (typeof environmentStatuses)[number];
  operation: (typeof operationKinds)[number] | null;
  isAlive: boolean;
  hasWorkspace: boolean;
  isHeld: boolean;
  containers: string[];
  network: string;
  isAnswered: boolean;
}

const wreck = (name: string): fc.Arbitrary<Wreck> =>
  fc.record({
    name: fc.constant(name),
    isKnown: fc.boolean(),
    status: fc.constantFrom(...environmentStatuses),
    operation: fc.option(fc.constantFrom(...operationKinds), { freq: 2 }),
    isAlive: fc.boolean(),
    hasWorkspace: fc.boolean(),
    isHeld: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
    containers: fc.array(fc.constantFrom(...Object.keys(containerFaults)), { minLength: 2, maxLength: 2 }),
    network: fc.constantFrom(...Object.keys(networkFaults)),
    isAnswered: fc.boolean(),
  });

const machine = fc
  .tuple(wreck("blue"), wreck("green"), wreck("red"), fc.boolean(), fc.boolean())
  .map(([blue, green, red, hasDaemon, hasStrays]) => build([blue, green, red], hasDaemon, hasStrays));

function build(wrecks: readonly Wreck[], hasDaemon: boolean, hasStrays: boolean): Observation {
  const built = wrecks.map((wrecked, index) => ({ ...wrecked, environment: toEnvironment(wrecked, index) }));
  const known = built.filter(({ isKnown }) => isKnown);
  // What is being created has nothing on an engine yet.
  const made = built.filter(({ isKnown, operation }) => !isKnown || operation !== "create");
  const engine: ObservedEngine = {
    containers: made.flatMap(({ environment, containers }) =>
      containers.flatMap((fault, at) => containerFaults[fault]?.(environment, at === 0 ? "web" : "db") ?? []),
    ),
    networks: made.flatMap(({ environment, network }) => networkFaults[network]?.(environment) ?? []),
    volumes: made.map(({ environment }) => volumeOf(environment, "data")),
    details: {},
  };
  const file = { path: "/h/x", within: "/h", pid: 7, holdsData: false };
  const served = built.filter(({ isAnswered }) => isAnswered);
  return observationOf(
    known.map(({ environment }) => environment),
    {
      engine: { ...engine, containers: [...new Map(engine.containers.map((one) => [one.id, one])).values()] },
      holders: Object.fromEntries(
        built.flatMap(({ environment, isHeld }) => (isHeld ? [[environment.id, { pid: 9, purpose: "up" }]] : [])),
      ),
      traces: Object.fromEntries(
        known.map(({ environment, isAlive, hasWorkspace }) => [
          environment.id,
          {
            isOperationAlive: environment.operation !== null && isAlive,
            isChildAlive: false,
            workspace: "/w",
            hasWorkspace,
          },
        ]),
      ),
      strays: hasStrays
        ? [
            { ...file, kind: "temp" },
            { ...file, kind: "generated", path: "/h/y", holdsData: true },
          ]
        : [],
      daemon: hasDaemon
        ? { installation, revision: 1, pid: 7, hasEngine: true, environments: Object.fromEntries(served.map(toServed)) }
        : null,
    },
  );
}

function toEnvironment({ name, status, operation }: Wreck, index: number): Environment {
  const created = operation === "create" ? { status: "created" as const, services: {} } : {};
  return runningEnvironment(name, index, {
    status,
    operation: operation && journal(operation, "somewhere"),
    ...created,
  });
}

function toServed({ environment }: { environment: Environment }): [string, ServedEnvironment] {
  return [environment.id, { key: keyOf(environment), services: { web: ["10.224.0.10"] } }];
}

function applyAll(observation: Observation, steps: readonly PlanStep[]): Observation {
  return steps.reduce(applyToModel, observation);
}

/** Ids and names of what an observation shows. */
function list({ engine }: Observation): { containers: ContainerFacts[]; names: string[] } {
  assert.ok(!("problem" in engine));
  const { containers, networks, volumes } = engine;
  const names = [...containers, ...networks].map(({ id }) => id).concat(volumes.map(({ name }) => name));
  return { containers: [...containers], names };
}

describe("any plan", () => {
  const runs = { numRuns: 1_000 };

  test("leaves nothing to do once it is done", () => {
    fc.assert(
      fc.property(machine, (observation) => {
        const { steps } = plan(diff(observation));

        const again = plan(diff(applyAll(observation, steps)));

        assert.equal(renderPlan({ ...again, notices: [] }), "");
      }),
      runs,
    );
  });

  test("cut off after any step, is finished by the next", () => {
    fc.assert(
      fc.property(machine, fc.nat(), (observation, number) => {
        const { steps } = plan(diff(observation));
        const cut = applyAll(observation, steps.slice(0, number % (steps.length + 1)));

        const end = applyAll(cut, plan(diff(cut)).steps);

        assert.equal(renderPlan({ ...plan(diff(end)), notices: [] }), "");
      }),
      runs,
    );
  });

  test("touches nothing that is not ours, and nothing of an environment on which somebody works", () => {
    fc.assert(
      fc.property(machine, (observation) => {
        const { engine, holders, traces, state } = observation;
        assert.ok(!("problem" in engine));
        const isBusy = (id: string) => holders[id] !== undefined || traces[id]?.isOperationAlive === true;
        const busy = Object.values(state.hosts.local.environments).filter(({ id }) => isBusy(id));
        const kept = [...engine.containers, ...engine.networks]
          .filter((one) => !isOurs(one) || isBusy(one.labels["cilo.id"] ?? ""))
          .map(({ id }) => id);

        const after = applyAll(observation, plan(diff(observation)).steps);

        const names = new Set(list(after).names);
        assert.deepEqual(
          kept.filter((id) => !names.has(id)),
          [],
        );
        for (const environment of busy) {
          assert.deepEqual(after.state.hosts.local.environments[keyOf(environment)], environment);
        }
      }),
      runs,
    );
  });

  test("without what is marked stops nothing that runs, and loses no volume and no environment", () => {
    fc.assert(
      fc.property(machine, (observation) => {
        const { steps } = plan(diff(observation));
        const before = list(observation);

        const after = applyAll(
          observation,
          steps.filter(({ destructive }) => !destructive),
        );

        const names = new Set(list(after).names);
        const running = before.containers.filter((one) => isLive(one) && one.labels["cilo.probe"] === undefined);
        assert.deepEqual(
          running.filter(({ id }) => !names.has(id)),
          [],
        );
        assert.deepEqual(
          before.names.filter((name) => name.endsWith("_data") && !names.has(name)),
          [],
        );
        const lost = Object.values(observation.state.hosts.local.environments).filter(
          (one) => after.state.hosts.local.environments[keyOf(one)] === undefined,
        );
        for (const { id, operation } of lost) {
          assert.deepEqual([operation?.kind, observation.traces[id]?.hasWorkspace], ["create", false]);
        }
      }),
      runs,
    );
  });

  test("is the same for equal observations, in whatever order the engine lists", () => {
    fc.assert(
      fc.property(machine, (observation) => {
        const { engine } = observation;
        assert.ok(!("problem" in engine));
        const { containers, networks, volumes } = engine;
        const turned = {
          ...engine,
          containers: containers.toReversed(),
          networks: networks.toReversed(),
          volumes: volumes.toReversed(),
        };

        const text = renderPlan(plan(diff({ ...observation, engine: turned })));

        assert.equal(text, renderPlan(plan(diff(observation))));
      }),
      runs,
    );
  });
});
