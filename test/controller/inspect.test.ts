import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reportEnvironment } from "../../src/controller/inspect.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

const web = makeService({
  address: "10.224.0.10",
  addresses: ["10.224.0.10"],
  ports: [8080],
  ingress: true,
  hostnames: ["admin"],
});
const operation = {
  kind: "up",
  pid: 7,
  startTime: "1",
  bootId: "b",
  child: null,
  step: "settle",
  startedAt: "2026-11-20T12:00:00.000Z",
} as const;
const running = { web: { status: "running" as const, addresses: ["10.224.0.10"], containers: ["web-1"] } };
const facts = { observed: running, isOperationAlive: false, workspace: "/w" };

describe("reportEnvironment", () => {
  test("gives every name of a service, the advertised one first, and its URL", () => {
    const [service] = reportEnvironment(makeEnvironment({ services: { web } }), facts).services;

    assert.deepEqual(service?.hosts, ["web.blue.test", "web.shop.blue.test", "admin.blue.test", "shop.blue.test"]);
    assert.equal(service?.url, "http://web.blue.test:8080");
  });

  test("gives a service the address of the one whose network it lives in", () => {
    const services = { web, side: makeService({ namespaceOf: "web" }) };
    const side = { status: "running" as const, addresses: [], containers: ["side-1"] };

    const report = reportEnvironment(makeEnvironment({ services }), { ...facts, observed: { ...running, side } });

    assert.deepEqual(report.services.find(({ name }) => name === "side")?.addresses, ["10.224.0.10"]);
  });

  test("shows an operation under way as such, and its status", () => {
    const environment = makeEnvironment({ services: { web }, status: "starting", operation });

    const report = reportEnvironment(environment, { ...facts, isOperationAlive: true });

    assert.equal(report.status, "starting");
    assert.equal(report.operation?.pid, 7);
    assert.equal(report.interrupted, null);
  });

  test("shows an operation whose process died as interrupted, and the status that the engine shows", () => {
    const environment = makeEnvironment({ services: { web }, status: "starting", operation });

    const report = reportEnvironment(environment, facts);

    assert.equal(report.status, "running");
    assert.equal(report.operation, null);
    assert.deepEqual(report.interrupted, { kind: "up", step: "settle" });
  });

  test("marks what it only remembers", () => {
    const report = reportEnvironment(makeEnvironment({ services: { web } }), { ...facts, observed: null });

    assert.deepEqual([report.services[0]?.status, report.services[0]?.address], ["cached", "10.224.0.10"]);
  });
});
