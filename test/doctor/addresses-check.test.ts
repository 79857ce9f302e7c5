import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Difference } from "../../src/controller/reconcile/difference.ts";
import { addressesCheck, expectAnswers } from "../../src/doctor/addresses-check.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import { labelsOfContainer } from "../../src/model/labels.ts";
import { startServer } from "../dns/running-server.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { makeDaemon, makeSurvey, noObjects, toLines } from "./survey.ts";

/** `web.e1.test` is at 10.224.1.10 in the zone that the server has. */
const e1 = makeEnvironment({ name: "e1", services: { web: makeService({ address: null }), sleep: makeService() } });
const state = makeState([e1]);

function container(service: string, address: string): ContainerFacts {
  const labels = {
    ...labelsOfContainer(state.installation, e1, service),
    "com.docker.compose.project": e1.composeProject,
    "com.docker.compose.config-hash": "hash",
  };
  const addresses = { "cilo-shop-e1_default": address };
  const facts = { id: service, name: `cilo-shop-e1-${service}-1`, labels, state: "running", health: "none" } as const;
  return { ...facts, exitCode: null, addresses, image: "busybox", imageId: "sha256:0" };
}

async function check(address: string, later = address, differences: Difference[] = []): Promise<string[]> {
  await using server = await startServer();
  const daemon = makeDaemon({ port: server.port });
  const survey = makeSurvey({
    state: async () => state,
    daemon: async () => daemon,
    objects: async () => ({ ...noObjects, containers: [container("web", address)] }),
    runtime: { listContainers: async () => [container("web", later)] },
    differences: async () => differences,
  });
  return toLines(await addressesCheck.run(survey));
}

describe("the check of addresses", () => {
  test("is content when names answer with what the engine shows", async () => {
    assert.deepEqual(await check("10.224.1.10"), [
      "ok: state has the addresses that the engine shows, and 1 name answers with them",
    ]);
  });

  test("finds a name that answers with another address", async () => {
    assert.deepEqual(await check("10.224.1.99"), [
      "problem: web.e1.test answers with 10.224.1.10, the engine has 10.224.1.99 -> cilo dns query web.e1.test --trace",
    ]);
  });

  test("looks again before it says so, for containers move", async () => {
    const [line = ""] = await check("10.224.1.99", "10.224.1.10");

    assert.match(line, /^ok: /);
  });

  test("tells what state and names have to be brought up to, which --fix does", async () => {
    const differences: Difference[] = [
      { type: "drifted", environment: e1, changes: ["it is stopped, state says running"] },
      { type: "misanswered", environment: e1, changes: ["web is at no address, the answer is 10.224.1.10"] },
      { type: "still-answered", environmentId: "x", key: "shop/gone" },
      { type: "lost-network", environment: e1, container: "web-1", network: "n" },
    ];

    assert.deepEqual(await check("10.224.1.10", "10.224.1.10", differences), [
      "warning, fixable: shop/e1: it is stopped, state says running -> cilo doctor --fix",
      "problem, fixable: shop/e1: web is at no address, the answer is 10.224.1.10 -> cilo doctor --fix",
      "problem, fixable: shop/gone: the DNS server answers for it, and it is no more -> cilo doctor --fix",
      "problem: shop/e1: container web-1 was on a network n that is gone; it can only be made anew -> cilo up shop/e1",
    ]);
  });

  test("without a DNS server compares state and engine alone", async () => {
    assert.deepEqual(toLines(await addressesCheck.run(makeSurvey())), [
      "ok: state has the addresses that the engine shows",
    ]);
  });

  test("expects every service that runs at its addresses, and no other", () => {
    const replica = { ...container("web", "10.224.1.200"), name: "cilo-shop-e1-web-2" };
    const stranger = { ...container("sleep", "10.224.1.11"), labels: {} };

    const answers = expectAnswers(state, [replica, container("web", "10.224.1.10"), stranger]);

    assert.deepEqual(answers, [{ name: "web.e1.test", addresses: ["10.224.1.10", "10.224.1.200"] }]);
  });
});
