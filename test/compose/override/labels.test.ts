import assert from "node:assert/strict";
import { test } from "node:test";
import { addLabels } from "../../../src/compose/override/labels.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const ofEnvironment = {
  cilo: "true",
  "cilo.installation": "99999999-2222-4333-8444-555555555555",
  "cilo.id": "11111111-2222-4333-8444-555555555555",
  "cilo.project": "shop",
  "cilo.environment": "login",
};

test("labels every container with its service, and images built here without", () => {
  const context = contextOf({ services: { db: { image: "db" }, web: { build: { context: "/copy" } } } });

  const contribution = toPlain(addLabels(context));

  assert.deepEqual(contribution, {
    services: {
      db: { labels: { ...ofEnvironment, "cilo.service": "db" } },
      web: { labels: { ...ofEnvironment, "cilo.service": "web" }, build: { labels: ofEnvironment } },
    },
  });
});
