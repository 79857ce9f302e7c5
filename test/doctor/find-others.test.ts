import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineObjects } from "../../src/controller/conflicts.ts";
import { findOthers } from "../../src/doctor/find-others.ts";
import type { ContainerFacts, NetworkFacts, VolumeFacts } from "../../src/model/engine.ts";
import type { Environment } from "../../src/model/environment.ts";
import { labelsOfContainer, labelsOfEnvironment } from "../../src/model/labels.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

const blue = makeEnvironment({ name: "blue" });
const state = makeState([blue]);
const gone = { id: "id-gone", project: "shop", name: "gone" };

function container(name: string, labels: Record<string, string>): ContainerFacts {
  const facts = { id: name, name, labels, state: "running", health: "none", exitCode: null, addresses: {} } as const;
  return { ...facts, image: "busybox", imageId: "sha256:0" };
}

function network(name: string, labels: Record<string, string>): NetworkFacts {
  return { id: name, name, labels, driver: "bridge", subnets: [] };
}

function volume(name: string, labels: Record<string, string>): VolumeFacts {
  return { name, labels };
}

function on(objects: Partial<EngineObjects>): EngineObjects {
  return { containers: [], networks: [], volumes: [], ...objects };
}

function ofCompose(project: string, labels: Record<string, string> = {}): Record<string, string> {
  return { ...labels, "com.docker.compose.project": project, "com.docker.compose.config-hash": "hash" };
}

describe("findOthers", () => {
  test("says nothing of what an environment accounts for, nor of what is not cilo's", () => {
    const labels = labelsOfEnvironment(state.installation, blue);

    const others = findOthers(
      state,
      on({
        containers: [
          container("cilo-shop-blue-web-1", ofCompose("cilo-shop-blue", labels)),
          container("postgres", { "cilo.hostnames": "db" }),
        ],
        networks: [network("cilo-shop-blue_default", labels), network("bridge", {})],
        volumes: [volume("cilo-shop-blue_data", labels), volume("data", {})],
      }),
    );

    assert.deepEqual(others, []);
  });

  test("leaves what its own installation has made to reconciliation, also of an environment that is no more", () => {
    const labels = labelsOfEnvironment(state.installation, gone);

    assert.deepEqual(findOthers(state, on({ volumes: [volume("cilo-shop-gone_data", labels)] })), []);
  });

  test("gathers what another installation has of an environment, sorted", () => {
    const other = "22222222-2222-4222-8222-222222222222";
    const labels = labelsOfEnvironment(other, gone);
    const ofWeb = ofCompose("cilo-shop-gone", labelsOfContainer(other, gone, "web"));

    const others = findOthers(
      state,
      on({
        containers: [container("cilo-shop-gone-web-2", ofWeb), container("cilo-shop-gone-web-1", ofWeb)],
        networks: [network("cilo-shop-gone_default", labels)],
        volumes: [volume("cilo-shop-gone_data", labels)],
      }),
    );

    assert.deepEqual(others, [
      {
        origin: "installation",
        environment: "shop/gone",
        installation: other,
        containers: ["cilo-shop-gone-web-1", "cilo-shop-gone-web-2"],
        networks: ["cilo-shop-gone_default"],
        volumes: ["cilo-shop-gone_data"],
      },
    ]);
  });

  test("tells another installation's from its own, also where the environment is called the same", () => {
    const other = "22222222-2222-4222-8222-222222222222";

    const others = findOthers(state, on({ volumes: [volume("data", labelsOfEnvironment(other, blue))] }));

    assert.deepEqual(
      others.map(({ origin, environment, installation }) => [origin, environment, installation]),
      [["installation", "shop/blue", other]],
    );
  });

  test("leaves alone what was run from an image committed from one of its containers", () => {
    const other = "22222222-2222-4222-8222-222222222222";
    const ofWeb = ofCompose("cilo-shop-gone", labelsOfContainer(other, gone, "web"));
    const committed = container("somebodys", { ...ofWeb, "com.docker.compose.image": "sha256:1" });

    assert.deepEqual(findOthers(state, on({ containers: [committed] })), []);
  });

  test("knows what the Go program made, and whether its environment was taken over", () => {
    const migratedFrom = { version: 2, key: "Shop/login", subnet: "10.224.1.0/24" };
    const login = { ...makeEnvironment({ name: "login" }), migratedFrom } as Environment;
    const goLabels = (project: string, name: string) => ({ "cilo.project": project, "cilo.environment": name });

    const others = findOthers(
      makeState([login]),
      on({
        containers: [
          container("cilo_login_web", { cilo: "true", ...goLabels("Shop", "login") }),
          container("cilo_old_web", goLabels("Shop", "old")),
        ],
        networks: [network("cilo-login", ofCompose("cilo_login")), network("cilo-lost", { cilo: "true" })],
        volumes: [volume("cilo_login_data", ofCompose("cilo_login")), volume("cilo_x_data", ofCompose("cilo_x"))],
      }),
    );

    assert.deepEqual(
      others.map(({ origin, environment, containers, networks, volumes }) => [
        origin,
        environment,
        [...containers, ...networks, ...volumes],
      ]),
      [
        ["migrated", "Shop/login", ["cilo_login_web", "cilo-login", "cilo_login_data"]],
        ["old", "Shop/old", ["cilo_old_web"]],
        ["old", null, ["cilo-lost"]],
      ],
    );
  });
});
