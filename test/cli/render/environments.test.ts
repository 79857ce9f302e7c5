import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderEnvironment, renderEnvironments } from "../../../src/cli/render/environments.ts";
import type { EnvironmentReport } from "../../../src/controller/inspect.ts";

const report: EnvironmentReport = {
  project: "shop",
  name: "blue",
  id: "id",
  status: "starting",
  subnet: "10.224.0.0/24",
  keptNetworks: {},
  source: "/src/shop",
  workspace: "/home/.cilo/envs/shop/blue",
  createdAt: "2026-11-20T12:00:00.000Z",
  profiles: [],
  services: [],
  lastError: null,
  operation: null,
  interrupted: null,
};
const running = { kind: "up", pid: 7, step: "settle", startedAt: "2026-11-20T12:00:00.000Z" } as const;

describe("the list", () => {
  const cases: [string, Partial<EnvironmentReport>, RegExp][] = [
    ["an operation under way", { operation: running }, / {2}starting \(up\) {2}/],
    ["one whose process died", { interrupted: { kind: "up", step: "settle" } }, / {2}starting \(up interrupted\) {2}/],
    ["none", { status: "stopped" }, / {2}stopped {2}/],
  ];
  for (const [what, changes, expected] of cases) {
    test(`shows ${what}`, () => {
      assert.match(renderEnvironments([{ ...report, ...changes }]), expected);
    });
  }
});

describe("the status", () => {
  const cases: [string, Partial<EnvironmentReport>, RegExp][] = [
    ["the networks it keeps", { keptNetworks: { back: "10.225.0.0/24" } }, /^network back +10\.225\.0\.0\/24$/m],
    ["an operation under way", { operation: running }, /^operation +up \(pid 7\), at settle$/m],
    [
      "how to go on after an interrupted up",
      { interrupted: { kind: "up", step: "settle" } },
      /^interrupted +up, at settle; run: cilo up shop\/blue$/m,
    ],
    [
      "what becomes of half a copy",
      { interrupted: { kind: "create", step: "copy" } },
      /^interrupted +create, at copy; run: cilo doctor --fix$/m,
    ],
  ];
  for (const [what, changes, expected] of cases) {
    test(`says ${what}`, () => {
      assert.match(renderEnvironment({ ...report, ...changes }), expected);
    });
  }

  test("speaks of no operation when there is none", () => {
    assert.doesNotMatch(renderEnvironment(report), /operation|interrupted/);
  });
});
