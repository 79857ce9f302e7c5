import assert from "node:assert/strict";
import { test } from "node:test";
import { addBuiltImages, recordFacts, recordObserved, recordStopped } from "../../src/controller/record.ts";
import type { ServicePurpose } from "../../src/model/environment.ts";
import type { ServiceStatus } from "../../src/model/observation.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

const cases: [before: ServicePurpose | undefined, seen: ServiceStatus, after: ServicePurpose | undefined][] = [
  [undefined, "running", undefined],
  [undefined, "done", undefined],
  [undefined, "exited", undefined],
  ["job", "running", "job"],
  ["server", "exited", "server"],
];

for (const [before, seen, after] of cases) {
  test(`a service of purpose ${before} that is seen ${seen} is recorded with ${after}`, () => {
    const web = makeService(before === undefined ? {} : { purpose: before });
    const observed = { web: { status: seen, addresses: ["10.224.0.10"], containers: ["web-1"] } };

    const records = recordObserved({ web }, observed);

    assert.deepEqual(records.web?.addresses, ["10.224.0.10"]);
    assert.equal(records.web?.container, "web-1");
    assert.equal(records.web?.purpose, after);
  });
}

test("a service that is stopped keeps what is known of its purpose", () => {
  const web = makeService({ purpose: "server", addresses: ["10.224.0.10"], container: "web-1" });

  const records = recordStopped({ web });

  assert.deepEqual(records.web, makeService({ purpose: "server" }));
});

test("a service may be called as what every object has", () => {
  const services = Object.fromEntries(["constructor", "__proto__"].map((name) => [name, makeService({ ports: [80] })]));

  const records = recordStopped(services);

  assert.deepEqual(Object.entries(records), Object.entries(services));
});

test("the record of an environment that is gone from the engine keeps what is reserved for it", () => {
  const web = makeService({ address: "10.224.0.10", addresses: ["10.224.0.10"], container: "web-1", replicas: 1 });
  const environment = makeEnvironment({ services: { web }, anonymousVolumes: ["a".repeat(64), "b".repeat(64)] });

  const facts = recordFacts(environment, { observed: {}, volumes: new Set(["b".repeat(64)]) });

  assert.deepEqual(facts, {
    status: "stopped",
    services: { web: { ...web, addresses: [], container: null } },
    anonymousVolumes: ["b".repeat(64)],
  });
});

test("records what an operation has built, once, the latest last", () => {
  const around = { before: new Set(["a", "b"]), after: new Set(["b", "d", "c"]) };

  assert.deepEqual(addBuiltImages({ builtImages: ["x", "c"] }, around), ["x", "c", "d"]);
  assert.deepEqual(addBuiltImages({}, around), ["c", "d"]);
});
