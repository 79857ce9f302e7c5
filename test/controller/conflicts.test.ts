import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { findForeignObjects, refuseForeignObjects } from "../../src/controller/conflicts.ts";
import type { ContainerFacts, NetworkFacts, VolumeFacts } from "../../src/model/engine.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

const environment = makeEnvironment({ services: { web: makeService({ replicas: 2 }) } });
const installation = "this";
const ours = { "cilo.id": environment.id, "cilo.installation": installation };
const ofProject = { "com.docker.compose.project": environment.composeProject };
const ofCompose = { ...ofProject, "com.docker.compose.config-hash": "hash" };
const oursInCompose = { ...ours, ...ofCompose };

function container(name: string, labels: Record<string, string>): ContainerFacts {
  return {
    id: name,
    name,
    labels,
    state: "running",
    health: "none",
    exitCode: null,
    addresses: {},
    image: "x",
    imageId: "sha256:1",
  };
}

function network(name: string, labels: Record<string, string>): NetworkFacts {
  return { id: name, name, labels, driver: "bridge", subnets: [] };
}

function find(objects: { containers?: ContainerFacts[]; networks?: NetworkFacts[]; volumes?: VolumeFacts[] }) {
  return findForeignObjects({
    environment,
    installation,
    objects: { containers: [], networks: [], volumes: [], ...objects },
    volumeNames: ["cilo-shop-blue_data"],
  });
}

describe("findForeignObjects of an environment that keeps networks", () => {
  test("finds a network with the name of one that its services are on", () => {
    const services = { db: makeService({ networks: ["back"] }) };
    const networks = [
      network("cilo-shop-blue_back", { "cilo.id": "another" }),
      network("cilo-shop-blue_safe", {}),
      network("cilo-shop-blue_default", ours),
    ];

    const foreign = findForeignObjects({
      environment: { ...environment, services },
      installation,
      objects: { containers: [], networks, volumes: [] },
      volumeNames: [],
    });

    assert.deepEqual(foreign, [{ kind: "network", name: "cilo-shop-blue_back" }]);
  });
});

describe("findForeignObjects", () => {
  test("leaves alone what is ours and what has other names", () => {
    const foreign = find({
      containers: [container("cilo-shop-blue-web-1", oursInCompose), container("shop-web", {})],
      networks: [network("cilo-shop-blue_default", ours), network("shop_default", {})],
      volumes: [
        { name: "cilo-shop-blue_data", labels: ours },
        { name: "shop_data", labels: {} },
      ],
    });

    assert.deepEqual(foreign, []);
  });

  test("finds what has one of our names without our id", () => {
    const foreign = find({
      containers: [container("cilo-shop-blue-web-2", {})],
      networks: [network("cilo-shop-blue_default", {})],
      volumes: [{ name: "cilo-shop-blue_data", labels: { "cilo.id": "another", "cilo.installation": installation } }],
    });

    assert.deepEqual(foreign, [
      { kind: "container", name: "cilo-shop-blue-web-2" },
      { kind: "network", name: "cilo-shop-blue_default" },
      { kind: "volume", name: "cilo-shop-blue_data" },
    ]);
  });

  test("finds a container of another name that Compose would take for the project's, and one of another installation", () => {
    const foreign = find({
      containers: [
        container("other", ofCompose),
        container("cilo-shop-blue-web-1", { ...oursInCompose, "cilo.installation": "that" }),
      ],
    });

    assert.deepEqual(
      foreign.map(({ name }) => name),
      ["other", "cilo-shop-blue-web-1"],
    );
  });
});

test("finds a container that has our labels from the image it was made of", () => {
  const snapshot = { ...oursInCompose, "com.docker.compose.image": "sha256:before-the-commit" };

  const foreign = find({ containers: [container("somebody", snapshot)] });

  assert.deepEqual(foreign, [{ kind: "container", name: "somebody" }]);
});

test("leaves alone what somebody runs from an image that was built for the environment, as Compose does", () => {
  const foreign = find({ containers: [container("somebodys", { ...ours, ...ofProject })] });

  assert.deepEqual(foreign, []);
});

test("finds a network that calls itself part of our Compose project", () => {
  const foreign = find({ networks: [network("extra", { "com.docker.compose.project": "cilo-shop-blue" })] });

  assert.deepEqual(foreign, [{ kind: "network", name: "extra" }]);
});

test("finds a container or volume of a fixed name that another environment has, and says which", () => {
  const others = { "cilo.id": "another", "cilo.project": "shop", "cilo.environment": "green" };

  const foreign = findForeignObjects({
    environment,
    installation,
    objects: {
      containers: [container("shop-web", others), container("other", others)],
      networks: [],
      volumes: [{ name: "shop-data", labels: {} }],
    },
    containerNames: ["shop-web"],
    volumeNames: ["shop-data"],
  });

  assert.deepEqual(foreign, [
    { kind: "container", name: "shop-web", holder: "shop/green" },
    { kind: "volume", name: "shop-data" },
  ]);
  assert.throws(
    () => refuseForeignObjects("shop/blue", foreign),
    /container shop-web of environment shop\/green, volume shop-data/,
  );
});

test("a conflict ends with 4 and names everything", () => {
  const foreign = [
    { kind: "volume", name: "cilo-shop-blue_data" },
    { kind: "network", name: "cilo-shop-blue_default" },
  ] as const;

  assert.throws(
    () => refuseForeignObjects("shop/blue", foreign),
    (error: unknown) =>
      error instanceof CiloError &&
      error.exitCode === 4 &&
      foreign.every(({ kind, name }) => error.message.includes(`${kind} ${name}`)),
  );
});
