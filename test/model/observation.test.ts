import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerFacts } from "../../src/model/engine.ts";
import type { EnvironmentStatus } from "../../src/model/environment.ts";
import {
  type ExpectedService,
  isMember,
  isReplacement,
  judgeStatus,
  type ObservedService,
  observeServices,
} from "../../src/model/observation.ts";

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

  const ended = [container("web", { state: "exited", exitCode: 0 })];
  const purposes: [string, Parameters<typeof observeServices>[0]["services"][string], ContainerFacts[], string][] = [
    ["one that says nothing and ended with 0", { replicas: 1, addresses: ["10.224.0.10"] }, ended, "done"],
    ["a server that ended with 0", { replicas: 1, purpose: "server" }, ended, "exited"],
    [
      "a job that ended with 0 although it had an address",
      { replicas: 1, purpose: "job", addresses: ["10.224.0.10"] },
      ended,
      "done",
    ],
    [
      "a job that ended with 3",
      { replicas: 1, purpose: "job" },
      [container("web", { state: "exited", exitCode: 3 })],
      "exited",
    ],
    [
      "one whose image brings a health check, and that ended with 0",
      { replicas: 1 },
      [container("web", { state: "exited", exitCode: 0, health: "starting" })],
      "exited",
    ],
  ];
  for (const [what, expected, containers, status] of purposes) {
    test(`calls ${what} ${status}`, () => {
      assert.equal(observeServices({ ...environment, services: { web: expected } }, containers).web?.status, status);
    });
  }

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

  const compose = {
    "cilo.service": "web",
    "com.docker.compose.project": "cilo-shop-blue",
    "com.docker.compose.service": "web",
    "com.docker.compose.config-hash": "hash",
    "com.docker.compose.container-number": "1",
    "com.docker.compose.image": "sha256:of-its-own-build",
  };
  const names: [string, string, Record<string, string>, "running" | "missing"][] = [
    ["has the name that Compose gives", "cilo-shop-blue-web-1", {}, "running"],
    ["has another number's name", "cilo-shop-blue-web-2", {}, "missing"],
    ["has a name of its own", "somebody", {}, "missing"],
    ["has the name of another project", "cilo-shop-blue-web-1", { "com.docker.compose.project": "other" }, "missing"],
  ];
  for (const [what, name, changes, status] of names) {
    test(`a container of an image that was built again ${what}: ${status}`, () => {
      const labels = { ...compose, ...changes };

      assert.equal(observeServices(environment, [container("web", { name, labels })]).web?.status, status);
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

describe("isMember", () => {
  const labels = {
    "com.docker.compose.project": "cilo-shop-blue",
    "com.docker.compose.service": "web",
    "com.docker.compose.config-hash": "hash",
    "com.docker.compose.container-number": "1",
    "com.docker.compose.image": "sha256:1",
  };
  const ofOtherBuild = { labels, imageId: "sha256:2" };
  const cases: [string, Partial<ContainerFacts>, boolean][] = [
    ["a container of the image that Compose noted, whatever it is called", { labels, name: "mine" }, true],
    ["one of another build, by the name that Compose gives", ofOtherBuild, true],
    [
      "one of another build that is to take another's place",
      { ...ofOtherBuild, name: "0123456789ab_cilo-shop-blue-web-1" },
      true,
    ],
    ["one of an image that somebody made of it", { ...ofOtherBuild, name: "mine" }, false],
    ["one of such an image whose name ends alike", { ...ofOtherBuild, name: "my_cilo-shop-blue-web-1" }, false],
    [
      "what somebody runs from an image that Compose built for the project",
      { labels: { "com.docker.compose.project": "cilo-shop-blue", "com.docker.compose.service": "web" } },
      false,
    ],
    ["one of another project", { labels: { ...labels, "com.docker.compose.project": "other" } }, false],
  ];
  for (const [what, changes, expected] of cases) {
    test(`${expected ? "takes" : "does not take"} ${what}`, () => {
      assert.equal(isMember("cilo-shop-blue", container("web", changes)), expected);
    });
  }

  test("a replacement is told by what Compose puts before the name", () => {
    const named = (name: string) => container("web", { labels, name });

    assert.equal(isReplacement("cilo-shop-blue", named("0123456789ab_cilo-shop-blue-web-1")), true);
    assert.equal(isReplacement("cilo-shop-blue", named("cilo-shop-blue-web-1")), false);
    assert.equal(isReplacement("cilo-shop-blue", named("0123456789ab_cilo-shop-blue-db-1")), false);
  });
});

describe("observeServices of an environment that keeps networks", () => {
  const own = "cilo-shop-blue_default";
  const [back, safe] = ["cilo-shop-blue_back", "cilo-shop-blue_safe"];
  const keptNetworks = { safe: "10.225.1.0/24", back: "10.225.0.0/24" };
  const observe = (expected: ExpectedService, containers: ContainerFacts[]) =>
    observeServices({ composeProject: "cilo-shop-blue", keptNetworks, services: { web: expected } }, containers).web;

  const cases: [what: string, addresses: Record<string, string>, expected: string[]][] = [
    ["its own network first", { [back]: "10.225.0.10", [own]: "10.224.0.10" }, ["10.224.0.10"]],
    ["else the first kept one by key", { [safe]: "10.225.1.10", [back]: "10.225.0.10" }, ["10.225.0.10"]],
    ["and in no other", { "cilo-shop-blue_other": "10.9.0.2", bridge: "172.17.0.2" }, []],
  ];
  for (const [what, addresses, expected] of cases) {
    test(`gives a container's address in ${what}`, () => {
      assert.deepEqual(observe({ replicas: 1 }, [container("web", { addresses })])?.addresses, expected);
    });
  }

  test("calls a service detached that is off one of its networks, replicas too", () => {
    const expected = { replicas: 2, networks: ["default", "back"] };
    const onBoth = container("web", { addresses: { [own]: "10.224.0.192", [back]: "10.225.0.192" } });
    const onOne = container("web", { name: "web-2", addresses: { [own]: "10.224.0.193" } });

    assert.equal(observe(expected, [onBoth, { ...onBoth, name: "web-2" }])?.status, "running");
    assert.equal(observe(expected, [onBoth, onOne])?.status, "detached");
  });

  test("calls a service detached that is off the network it has its address in", () => {
    const expected = { replicas: 1, address: "10.224.0.10" };

    assert.equal(observe(expected, [container("web", { addresses: { [back]: "10.225.0.10" } })])?.status, "detached");
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
