import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceDescription } from "../../src/compose/describe.ts";
import { recordServices } from "../../src/controller/prepare.ts";
import { makeService } from "../support/environment.ts";

const description: ServiceDescription = {
  ports: [80],
  hostnames: [],
  ingress: false,
  wantsAddress: true,
  networks: ["default"],
  namespaceOf: null,
  networkMode: "environment",
  replicas: 1,
  hasHealthcheck: false,
  purpose: null,
  active: true,
};
const subnet = "10.224.0.0/24";
const record = (address: string) => makeService({ address, networks: ["default"], ports: [80], replicas: 1 });

test("a service may be called as what every object has", () => {
  const descriptions = Object.fromEntries(["constructor", "__proto__"].map((name) => [name, description]));

  const services = recordServices({ subnet, services: {} }, descriptions);

  assert.deepEqual(Object.entries(services), [
    ["constructor", record("10.224.0.11")],
    ["__proto__", record("10.224.0.10")],
  ]);
});

test("a service that is gone from the project keeps its reservation, and only that", () => {
  const gone = { ...record("10.224.0.10"), networks: ["default"] };

  const services = recordServices(
    { subnet, services: { constructor: gone, job: makeService() } },
    { web: description },
  );

  assert.deepEqual(services, {
    constructor: { ...gone, networks: [], replicas: 0 },
    web: record("10.224.0.11"),
  });
});
