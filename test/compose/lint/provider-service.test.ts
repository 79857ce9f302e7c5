import assert from "node:assert/strict";
import { test } from "node:test";
import { findProviderServices } from "../../../src/compose/lint/provider-service.ts";
import { contextOf } from "../model-builder.ts";

test("a service of a provider may be the same for every copy, one of a container is not", () => {
  const context = contextOf({
    services: { db: { provider: { type: "cloud", options: { key: "hunter2" } } }, web: { image: "web" } },
  });

  const findings = findProviderServices(context);

  assert.deepEqual(findings, [
    {
      rule: "provider-service",
      action: "kept",
      shared: true,
      level: "note",
      path: ["services", "db", "provider"],
      statement:
        'the provider "cloud" makes it outside of Docker, so what it makes may be the same for every copy, and it has no name in a copy',
      hint: "see in the provider's documentation whether it tells Compose projects apart",
    },
  ]);
});
