import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerFacts } from "../../src/model/engine.ts";
import type { EnvironmentStatus } from "../../src/model/environment.ts";
import { judgeStatus, type ObservedService, observeServices } from "../../src/model/observation.ts";

const environment = { composeProject: "cilo-shop-blue", services: { web: { replicas: 1 }, job: { replicas: 0 } } };

function container(service: string, changes: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    id: "c1",
    name: `cilo-shop-blue-${service}-1`,
    labels: { "cilo.service": service },
    state: "running",
    health: "none",
    exitCode: null,
    addresses: { "cilo-shop-blue_default": "10.224.0.10" },
    image: "busybox",
    ...changes,
  };
}

describe("observeServices", () => {
  const cases: [string, ContainerFacts[], ObservedService["status"]][] = [
    ["no container of a service that is meant to run", [], "missing"],
    ["one running", [container("web")], "running"],
    ["one that is not healthy yet", [container("web", { health: "starting" })], "starting"],
    ["one that is unhealthy", [container("web", { health: "unhealthy" })], "unhealthy"],
    ["one that ended well", [container("web", { state: "exited", exitCode: 0 })], "done"],
    ["one that ended badly", [container("web", { state: "exited", exitCode: 3 })], "exited"],
    ["one that was made and not started", [container("web", { state: "created" })], "exited"],
    ["one that starts again and again", [container("web", { state: "restarting", exitCode: 1 })], "restarting"],
    [
      "a one-off beside none",
      [container("web", { labels: { "cilo.service": "web", "com.docker.compose.oneoff": "True" } })],
      "missing",
    ],
  ];
  for (const [what, containers, status] of cases) {
    test(`calls ${what} ${status}`, () => {
      assert.equal(observeServices(environment, containers).web?.status, status);
    });
  }

  test("calls a service that is not meant to run off", () => {
    assert.equal(observeServices(environment, []).job?.status, "off");
  });

  test("gives addresses of running containers in the environment's own network only, in the order of their names", () => {
    const second = container("web", {
      name: "cilo-shop-blue-web-2",
      addresses: { "cilo-shop-blue_default": "10.224.0.193", other: "10.0.0.1" },
    });
    const dead = container("web", { name: "cilo-shop-blue-web-3", state: "exited", exitCode: 0 });

    const { web } = observeServices(environment, [dead, second, container("web")]);

    assert.deepEqual(web?.addresses, ["10.224.0.10", "10.224.0.193"]);
  });
});

describe("judgeStatus", () => {
  const up: ObservedService = { status: "running", addresses: ["10.224.0.10"], containers: ["web-1"] };
  const ended: ObservedService = { status: "exited", addresses: [], containers: ["web-1"] };
  const gone: ObservedService = { status: "missing", addresses: [], containers: [] };
  const done: ObservedService = { status: "done", addresses: [], containers: ["job-1"] };
  const off: ObservedService = { status: "off", addresses: [], containers: [] };
  const cases: [EnvironmentStatus, Record<string, ObservedService>, EnvironmentStatus][] = [
    ["created", { web: gone }, "created"],
    ["running", { web: up }, "running"],
    ["running", { web: up, job: done, extra: off }, "running"],
    ["running", { web: up, db: gone }, "degraded"],
    ["running", { web: up, db: ended }, "degraded"],
    ["running", { web: gone }, "stopped"],
    ["running", { web: ended }, "stopped"],
    ["stopped", { web: up }, "running"],
    ["failed", { web: up, db: gone }, "failed"],
    ["starting", { web: gone }, "starting"],
  ];
  for (const [recorded, observed, expected] of cases) {
    const seen = Object.entries(observed).map(([name, { status }]) => `${name} ${status}`);
    test(`${recorded} with ${seen.join(", ")} is ${expected}`, () => {
      assert.equal(judgeStatus(recorded, observed), expected);
    });
  }
});
