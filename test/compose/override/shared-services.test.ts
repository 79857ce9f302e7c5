import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { defaultCopyOptions } from "../../../src/compose/copy-options.ts";
import { describeServices } from "../../../src/compose/describe.ts";
import { stubSharedServices } from "../../../src/compose/override/shared-services.ts";
import { renderOverride } from "../../../src/compose/override.ts";
import { readProject } from "../../../src/compose/project.ts";
import { readModel } from "../../../src/compose/read-model.ts";
import { verifyMerged } from "../../../src/compose/verify.ts";
import { reasonWithoutCompose, runCompose } from "../compose-program.ts";
import { overrideInputFor } from "../fixture-project.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const bare = { scale: 0, pull_policy: "never", networks: { "!override": { default: {} } } };

const stubs: { behaviour: string; db: object; stub: object }[] = [
  { behaviour: "an image", db: { image: "db" }, stub: bare },
  {
    behaviour: "a build and no image, which Compose would refuse without either",
    db: { build: { context: "/copy" } },
    stub: { ...bare, image: "scratch", build: { "!reset": null } },
  },
  {
    behaviour: "a number of replicas, which may not differ from the scale",
    db: { image: "db", deploy: { replicas: 3 } },
    stub: { ...bare, deploy: { replicas: 0 } },
  },
  {
    behaviour: "ports, volumes and a container name",
    db: { image: "db", ports: ["5432"], volumes: ["data:/data"], volumes_from: ["web"], container_name: "one" },
    stub: {
      ...bare,
      ports: { "!reset": [] },
      volumes: { "!reset": [] },
      volumes_from: { "!reset": [] },
      container_name: { "!reset": null },
    },
  },
];
for (const { behaviour, db, stub } of stubs) {
  test(`a shared service with ${behaviour} becomes a stub of no containers`, () => {
    const context = contextOf({ services: { db, web: { image: "web" } } }, { copyOptions: { sharedServices: ["db"] } });

    assert.deepEqual(toPlain(stubSharedServices(context)).services, { db: stub });
  });
}

const obstacles: { services: Record<string, object>; reason: RegExp }[] = [
  { services: { web: { image: "web" } }, reason: /the project has no such service/ },
  { services: { db: { image: "db", network_mode: "none" } }, reason: /its network_mode is none/ },
  { services: { db: { provider: { type: "x" } } }, reason: /it has no container/ },
  {
    services: { db: { image: "db" }, web: { image: "w", network_mode: "service:db" } },
    reason: /web uses its namespaces/,
  },
  { services: { db: { image: "db" }, web: { image: "w", pid: "service:db" } }, reason: /web uses its namespaces/ },
  { services: { db: { image: "db" }, web: { image: "w", volumes_from: ["db:ro"] } }, reason: /web uses its volumes/ },
  {
    services: { db: { image: "db", container_name: "one" }, web: { image: "w", volumes_from: ["container:one"] } },
    reason: /web uses its volumes/,
  },
  {
    services: { db: { image: "own/db", build: { context: "/copy" } }, web: { image: "docker.io/own/db:latest" } },
    reason: /web uses the image own\/db, which it builds/,
  },
  {
    services: {
      db: { image: "db", networks: { lan: { ipv4_address: "172.28.0.10" } } },
      web: { image: "w", environment: { DB: "172.28.0.10:5432" } },
    },
    reason: /web names its address/,
  },
];
for (const { services, reason } of obstacles) {
  test(`a service is not shared where ${reason.source}`, () => {
    const context = contextOf({ services }, { copyOptions: { sharedServices: ["db"] } });

    assert.throws(
      () => stubSharedServices(context),
      (error: unknown) => {
        assert.ok(error instanceof CiloError);
        assert.equal(error.code, "CILO_SERVICE_NOT_SHAREABLE");
        assert.match(error.message, reason);
        return true;
      },
    );
  });
}

const project = `
services:
  web:
    build: .
    depends_on: { db: { condition: service_healthy }, cache: { condition: service_started } }
    links: ["db:database"]
    networks: [front, back]
  db:
    image: db
    container_name: the-db
    deploy: { replicas: 1 }
    ports: ["5432:5432"]
    volumes: ["data:/data", "./init:/init"]
    secrets: [password]
    networks: { back: { ipv4_address: 172.28.0.10, aliases: [store] } }
    healthcheck: { test: ["CMD", "true"] }
  cache:
    build: { context: ., tags: ["all/of:us"], secrets: [token] }
    scale: 2
    networks: [back]
networks: { front: {}, back: { ipam: { config: [{ subnet: 172.28.0.0/16 }] } } }
volumes: { data: {} }
secrets: { password: { environment: PASSWORD }, token: { environment: TOKEN } }
`;
const names = ["cache", "db", "web"];
const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
  names.filter((_, index) => (bits >> index) % 2 === 1),
);

test("a project stays whole with every set of its services shared", {
  skip: await reasonWithoutCompose(),
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-shared-"));
  t.after(() => rm(directory, { recursive: true }));
  const files = [join(directory, "compose.yaml")];
  await writeFile(join(directory, "compose.yaml"), project);

  for (const sharedServices of subsets) {
    const options = { run: runCompose, projectDirectory: directory, files, composeProject: "cilo-shop-login" };
    const reading = await readProject({
      ...options,
      profiles: [],
      copyOptions: { ...defaultCopyOptions, sharedServices },
    });
    const input = overrideInputFor("login", reading);
    const overrideFile = join(directory, "override.yml");
    await writeFile(overrideFile, renderOverride(input).override);

    await verifyMerged({ ...options, overrideFile, networkName: input.networkName, reading });
    const merged = await readModel({ ...options, profiles: [], files: [...files, overrideFile] }, reading.view);

    const described = describeServices(reading, null).services;
    for (const name of names) {
      const isShared = sharedServices.includes(name);
      assert.equal(merged.services[name]?.scale === 0, isShared, `${name} of ${sharedServices}`);
      assert.equal(described[name]?.wantsAddress, !isShared && name !== "cache");
    }
    assert.equal("data" in merged.volumes, !sharedServices.includes("db"));
  }
});
