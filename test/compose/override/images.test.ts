import assert from "node:assert/strict";
import { test } from "node:test";
import { toFullReference } from "../../../src/compose/image-reference.ts";
import { renameBuiltImages } from "../../../src/compose/override/images.ts";
import { contextOf, type ModelText, toPlain } from "../model-builder.ts";

const build = { context: "/copy" };
const own = { image: "cilo-shop-login/my-app-1", pull_policy: "never" };

const cases: { behaviour: string; services: ModelText["services"]; written: unknown }[] = [
  {
    behaviour: "an image built under a fixed name gets the environment's own, and is never pulled",
    services: { web: { image: "my/app:1", build } },
    written: { web: own },
  },
  {
    behaviour: "a service that uses that image without building it is renamed too, however it writes the name",
    services: { web: { image: "my/app:1", build }, worker: { image: "docker.io/my/app:1", pull_policy: "build" } },
    written: { web: own, worker: own },
  },
  {
    behaviour: "an image nobody builds here keeps its name and its policy",
    services: { db: { image: "postgres:17", pull_policy: "always" } },
    written: undefined,
  },
  {
    behaviour: "a built service without an image has Compose's name, which is the project's already",
    services: { web: { build } },
    written: undefined,
  },
  {
    behaviour: "a built image whose name follows from the project's keeps it, and is never pulled",
    services: { web: { image: "cilo-shop-login/web", build } },
    written: { web: { pull_policy: "never" } },
  },
  {
    behaviour: "pull_policy build stays: it asks no registry",
    services: { web: { image: "my/app:1", build, pull_policy: "build" } },
    written: { web: { image: own.image } },
  },
  {
    behaviour: "two images whose names differ in signs only stay two",
    services: { a: { image: "my-app:1", build }, b: { image: "my/app:1", build } },
    written: { a: own, b: { image: "cilo-shop-login/my-app-1-2", pull_policy: "never" } },
  },
  {
    behaviour: "fixed extra tags go",
    services: { web: { build: { ...build, tags: ["shop:1"] } } },
    written: { web: { build: { tags: { "!reset": [] } } } },
  },
  {
    behaviour: "extra tags that follow from the project's name stay",
    services: { web: { build: { ...build, tags: ["shop:1", "cilo-shop-login:1"] } } },
    written: { web: { build: { tags: { "!override": ["cilo-shop-login:1"] } } } },
  },
];

for (const { behaviour, services, written } of cases) {
  test(behaviour, () => {
    const contribution = toPlain(renameBuiltImages(contextOf({ services: services ?? {} })));

    assert.deepEqual(contribution.services, written);
  });
}

const references = [
  ["app", "docker.io/library/app:latest"],
  ["my/app:1", "docker.io/my/app:1"],
  ["localhost:5000/app", "localhost:5000/app:latest"],
  ["localhost/app", "localhost/app:latest"],
  ["ghcr.io/my/app@sha256:abc", "ghcr.io/my/app@sha256:abc"],
] as const;
for (const [image, reference] of references) {
  test(`the image ${image} is ${reference} in full`, () => {
    assert.equal(toFullReference(image), reference);
  });
}

test("an image that other images of the project are built from keeps its name, which is told", () => {
  const services = {
    base: { image: "app-base:dev", build },
    app: { image: "app", build },
    worker: { image: "app-base:dev" },
  };
  const context = contextOf({ services }, { dockerfiles: { app: "FROM docker.io/library/app-base:dev" } });

  const { services: written, warnings } = toPlain(renameBuiltImages(context));

  assert.deepEqual(written, {
    app: { image: "cilo-shop-login/app", pull_policy: "never" },
    base: { pull_policy: "never" },
  });
  assert.match(
    String(warnings),
    /^service base: image app-base:dev keeps its name, since other images .* are built from it/,
  );
});

test("with images: shared nothing is renamed, and what that means is told", () => {
  const context = contextOf({ services: { web: { image: "my/app:1", build } } }, { copyOptions: { images: "shared" } });

  const contribution = toPlain(renameBuiltImages(context));

  assert.equal(contribution.services, undefined);
  assert.match(String(contribution.warnings), /^service web: image my\/app:1 keeps its name/);
});

test("a tag that a service of the project uses becomes the environment's, for both", () => {
  const tagged = { context: "/copy", tags: ["my/tagged:2", "my/unused"] };
  const context = contextOf({ services: { alias: { build: tagged }, uses: { image: "docker.io/my/tagged:2" } } });

  const { services } = toPlain(renameBuiltImages(context));

  assert.deepEqual(services, {
    alias: { build: { tags: { "!override": ["cilo-shop-login/my-tagged-2"] } } },
    uses: { image: "cilo-shop-login/my-tagged-2", pull_policy: "never" },
  });
});

test("an image that only a service which is off builds keeps its old name where it is used", () => {
  const context = contextOf(
    {
      services: {
        app: { image: "acme/app:1" },
        builder: { image: "acme/app:1", build, profiles: ["build"] },
      },
    },
    { active: ["app"] },
  );

  assert.deepEqual(toPlain(renameBuiltImages(context)).services, {
    builder: { image: "cilo-shop-login/acme-app-1", pull_policy: "never" },
  });
});

test("a variable that names an image which the copy calls otherwise is told, a mere word is not", () => {
  const environment = { SANDBOX: "acme/sandbox:dev", NAME: "app" };
  const context = contextOf({
    services: { sandbox: { image: "acme/sandbox:dev", build }, app: { image: "app", build, environment } },
  });

  const { findings = [] } = renameBuiltImages(context);

  assert.deepEqual(
    findings.filter(({ rule }) => rule === "old-image-name").map(({ path, item }) => [...path, item].join(".")),
    ["services.app.environment.SANDBOX"],
  );
});
