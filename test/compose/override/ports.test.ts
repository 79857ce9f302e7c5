import assert from "node:assert/strict";
import { test } from "node:test";
import { removePorts } from "../../../src/compose/override/ports.ts";
import { contextOf, toPlain } from "../model-builder.ts";

const portOfVariable = "${DB_PORT}:5432";

test("takes every published port away, whatever its form, and leaves services without ports alone", () => {
  const context = contextOf({
    services: {
      api: { image: "api", expose: ["3000"] },
      db: { image: "db", ports: [portOfVariable] },
      web: { image: "web", ports: [{ target: 80, published: "8080", protocol: "tcp", mode: "ingress" }] },
    },
  });

  const contribution = toPlain(removePorts(context));

  assert.deepEqual(contribution, {
    services: { db: { ports: { "!override": [] } }, web: { ports: { "!override": [] } } },
  });
});

test("leaves a provider's service alone, which has no container", () => {
  const context = contextOf({ services: { cloud: { provider: { type: "cloud" }, ports: [80] } } });

  const contribution = toPlain(removePorts(context));

  assert.deepEqual(contribution, {});
});
