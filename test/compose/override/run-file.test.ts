import assert from "node:assert/strict";
import { test } from "node:test";
import { renderOverride } from "../../../src/compose/override.ts";
import { inputOf } from "../model-builder.ts";

test("the run file takes addresses and aliases from a service on every network that it is on", () => {
  const model = {
    services: {
      api: { image: "x", networks: { front: null, back: null } },
      db: { image: "x", networks: { back: null } },
      batch: { image: "x", network_mode: "none" },
    },
    networks: { front: {}, back: { internal: true } },
  };
  const { runFile } = renderOverride(inputOf(model, { copyOptions: { networks: "preserve" } }));

  const body = (service: string) => runFile(service).split("\n").slice(1).join("\n");
  const attachment = (key: string) =>
    `      "${key}":\n        "ipv4_address": !reset null\n        "aliases": !reset []\n`;
  const head = (service: string) => `"services":\n  "${service}":\n    "networks":\n`;

  assert.equal(body("api"), head("api") + attachment("default") + attachment("back"));
  assert.equal(body("db"), head("db") + attachment("back"));
  assert.equal(body("batch"), '"services":\n  "batch": {}\n');
});
