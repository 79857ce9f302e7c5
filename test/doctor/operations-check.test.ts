import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { identityOfSelf } from "../../src/base/process-identity.ts";
import type { Difference } from "../../src/controller/reconcile/difference.ts";
import { operationsCheck } from "../../src/doctor/operations-check.ts";
import type { Environment, Operation, OperationKind } from "../../src/model/environment.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { makeSurvey, toLines } from "./survey.ts";

const dead = { pid: 41, startTime: "1", bootId: "an earlier boot" };
const startedAt = "2026-11-20T12:00:00.000Z";

function operation(kind: OperationKind, changes: Partial<Operation> = {}): Operation {
  return { kind, ...dead, child: null, step: "compose-up", startedAt, ...changes };
}

/** @param hasEngine whether the engine can be asked, without which next to nothing can be mended. */
async function check(changes: Partial<Environment>, hasEngine = true): Promise<string[]> {
  const environment = makeEnvironment(changes);
  const state = makeState([environment]);
  const interrupted = { type: "interrupted", environment, operation: operation("up"), hasWorkspace: true, running: [] };
  const half = { type: "half-destroyed", environment };
  const differences = async () => (hasEngine ? [environment.operation ? interrupted : half] : []) as Difference[];
  return toLines(await operationsCheck.run(makeSurvey({ state: async () => state, differences })));
}

describe("the check of operations", () => {
  test("is content when nothing is under way", async () => {
    assert.deepEqual(await check({}), ["ok: no operation is under way, none was interrupted"]);
  });

  test("tells of one that is under way", async () => {
    const self = await identityOfSelf();

    assert.deepEqual(await check({ operation: operation("up", self) }), [
      `info: up of shop/blue is under way (pid ${self.pid}, since ${startedAt})`,
    ]);
  });

  const commands: [OperationKind, string][] = [
    ["create", "cilo doctor --fix"],
    ["up", "cilo up shop/blue"],
    ["down", "cilo down shop/blue"],
    ["destroy", "cilo destroy shop/blue"],
    ["migrate", "cilo network migrate --env shop/blue"],
  ];
  for (const [kind, command] of commands) {
    test(`says how to go on after an interrupted ${kind}`, async () => {
      assert.deepEqual(await check({ operation: operation(kind) }), [
        `problem, fixable: ${kind} of shop/blue ended in the middle, at "compose-up" (pid 41) -> ${command}`,
      ]);
    });
  }

  test("names the command that goes on with a restoration, which --fix does not", async () => {
    assert.deepEqual(await check({ operation: operation("create", { step: "restore" }) }), [
      'problem: create of shop/blue ended in the middle, at "restore" (pid 41) -> cilo restore shop/blue',
    ]);
  });

  test("promises nothing where --fix can do nothing", async () => {
    assert.deepEqual(await check({ operation: operation("up") }, false), [
      'problem: up of shop/blue ended in the middle, at "compose-up" (pid 41) -> cilo up shop/blue',
    ]);
  });

  test("names the docker compose that outlived its parent", async () => {
    const child = await identityOfSelf();

    const [line = ""] = await check({ operation: operation("up", { child }) });

    assert.match(line, new RegExp(`\\(pid 41\\); its docker compose \\(pid ${child.pid}\\) still runs -> `));
  });

  test("tells of a destruction that failed", async () => {
    assert.deepEqual(await check({ status: "destroying", lastError: "network is in use" }), [
      "problem, fixable: the destruction of shop/blue was begun and failed: network is in use -> cilo destroy shop/blue",
    ]);
  });
});
