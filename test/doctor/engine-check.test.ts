import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engineCheck } from "../../src/doctor/engine-check.ts";
import { type Knock, knock } from "../../src/doctor/knock.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import { labelsOfContainer } from "../../src/model/labels.ts";
import type { RuntimeProvider } from "../../src/runtime/provider.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { engineFacts, makeSurvey, noObjects, type SurveyChanges, toLines } from "./survey.ts";

const blue = makeEnvironment();
const { installation } = makeState([]);
const web = {
  name: "cilo-shop-blue-web-1",
  labels: labelsOfContainer(installation, blue, "web"),
  state: "running",
  addresses: { "cilo-shop-blue_default": "10.224.0.12" },
} as unknown as ContainerFacts;
const ok = "ok: Docker Engine 27.0.0 at unix:///engine.sock";

function check(result: Knock, changes: SurveyChanges = {}): Promise<string[]> {
  const survey = makeSurvey({
    machine: { knock: async () => result },
    objects: async () => ({ ...noObjects, containers: [web] }),
    runtime: { listContainers: async () => [web] },
    ...changes,
  });
  return engineCheck.run(survey).then(toLines);
}

describe("the check of the engine", () => {
  test("is content when its containers answer", async () => {
    assert.deepEqual(await check({ result: "answered" }), [ok]);
  });

  test("says why an engine's containers cannot be reached from here, and does not try", async () => {
    const facts = { ...engineFacts, unreachableBecause: "it is far away" };
    const engine = async () => ({ runtime: {} as RuntimeProvider, facts });

    assert.deepEqual(await check({ result: "silent" }, { engine }), [ok, "problem: it is far away"]);
  });

  test("names a container to which there is no way, with the command that shows where packets go", async () => {
    assert.deepEqual(await check({ result: "unreachable", reason: "connect EHOSTUNREACH" }), [
      ok,
      "problem: cilo-shop-blue-web-1 of shop/blue cannot be reached from this machine: connect EHOSTUNREACH -> ip route get 10.224.0.12",
    ]);
  });

  test("warns of one that says nothing", async () => {
    assert.deepEqual(await check({ result: "silent" }), [
      ok,
      "warning: cilo-shop-blue-web-1 of shop/blue says nothing to this machine at 10.224.0.12 -> ip route get 10.224.0.12",
    ]);
  });

  test("says nothing of one that has ended meanwhile", async () => {
    assert.deepEqual(await check({ result: "silent" }, { runtime: { listContainers: async () => [] } }), [ok]);
  });
});

describe("knocking", () => {
  test("takes a refusal for an answer", async () => {
    assert.deepEqual(await knock("127.0.0.1"), { result: "answered" });
  });

  test("is told when there is no way", async () => {
    // The broadcast address is no host's.
    const { result } = await knock("255.255.255.255");

    assert.equal(result, "unreachable");
  });
});
