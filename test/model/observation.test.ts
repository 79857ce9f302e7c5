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
    imageId: "sha256:1",
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

  test("calls a server that was stopped, and so ended with 0, exited: it had an address when it was last up", () => {
    const services = { web: { replicas: 1, addresses: ["10.224.0.10"] } };
    const stopped = [container("web", { state: "exited", exitCode: 0 })];

    assert.equal(observeServices({ ...environment, services }, stopped).web?.status, "exited");
  });

  test("calls a service that is off its network detached", () => {
    const services = { web: { replicas: 1, address: "10.224.0.10" } };

    assert.equal(
      observeServices({ ...environment, services }, [container("web", { addresses: {} })]).web?.status,
      "detached",
    );
  });

  test("leaves out a container that has our labels from the image it was made of", () => {
    const labels = { "cilo.service": "web", "com.docker.compose.image": "sha256:before-the-commit" };

    assert.equal(observeServices(environment, [container("web", { labels })]).web?.status, "missing");
  });

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
    ["failed", { web: up }, "running"],
    ["failed", { web: gone }, "failed"],
    ["running", { job: done }, "stopped"],
    ["running", { extra: off }, "stopped"],
    ["starting", { web: gone }, "starting"],
  ];
  for (const [recorded, observed, expected] of cases) {
    const seen = Object.entries(observed).map(([name, { status }]) => `${name} ${status}`);
    test(`${recorded} with ${seen.join(", ")} is ${expected}`, () => {
      assert.equal(judgeStatus(recorded, observed), expected);
    });
  }
});
