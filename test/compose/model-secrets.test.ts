import assert from "node:assert/strict";
import { test } from "node:test";
import { namesOfModel, secretsOfModel } from "../../src/compose/model-secrets.ts";

const model = {
  services: {
    web: {
      environment: { TOKEN: "of-a-map", EMPTY: null, COUNT: 1234 },
      container_name: "shop-web",
      profiles: ["dev"],
    },
    db: { environment: ["KEY=of=a-list", "PASSED"], build: { args: { ARG: "of-a-build" } }, container_name: "x${Y}" },
    odd: null,
  },
  secrets: { a: { environment: "FROM_ENV" }, b: { content: "line one\nline two" } },
  configs: { c: { content: "a$$b" } },
  volumes: { data: { name: "shop-data" }, other: null },
  networks: { front: {} },
};

test("gathers what a model holds for containers alone", () => {
  const secrets = new Set(secretsOfModel(model, { FROM_ENV: "of-the-environment" }));

  for (const secret of ["of-a-map", "1234", "of=a-list", "of-a-build", "of-the-environment", "line two", "a$b"]) {
    assert.ok(secrets.has(secret), secret);
  }
});

test("gathers names that hold no variable", () => {
  assert.deepEqual(
    new Set(namesOfModel(model, {})),
    new Set(["web", "db", "odd", "data", "other", "front", "shop-data", "shop-web", "dev"]),
  );
});

test("names of images, drivers and paths are the project's own words, but for those with a variable in them", () => {
  const services = {
    web: {
      image: "acme/web:1",
      build: { context: "app", tags: ["acme/web:2", "x/${TAG}"] },
      volumes: ["/srv/data:/data", "../seed:/seed", "~/.ssh:/ssh:ro", "${HOME}/.aws:/aws", "${PLACE}/x:/x", "named:/n"],
      devices: ["/dev/ttyUSB0:/dev/x", "/dev/${TOKEN}:/dev/y"],
      logging: { driver: "gelf" },
    },
    db: {
      image: "${IMAGE}",
      build: "https://me:hunter2@git.test/x",
      volumes: [{ type: "bind", source: "./init" }, { source: "$HOME" }, "${A:-/def}:/b"],
    },
    api: { build: "./api", volumes: ["/:/host", ".:/code"] },
  };
  const volumes = { named: { driver: "nfs", driver_opts: { device: "/export" } } };
  const secrets = { key: { file: "./keys/key.pem" } };

  assert.deepEqual(
    namesOfModel({ services, volumes, secrets }, { HOME: "/root" }).sort(),
    [
      ...["web", "db", "api", "named", "nfs", "gelf", "acme/web:1", "acme/web:2"],
      ...["/app", "/srv/data", "/seed", "/root/.ssh", "/root/.aws", "/dev/ttyUSB0", "/init", "/root", "/api"],
      ...["/export", "/keys/key.pem"],
    ].sort(),
  );
});

test("takes a document of any kind for one that has nothing", () => {
  for (const document of [null, 7, "text", [], { services: [] }, { services: { web: "x" }, secrets: 1 }]) {
    assert.deepEqual(secretsOfModel(document, {}), []);
    assert.doesNotThrow(() => namesOfModel(document, {}));
  }
});
