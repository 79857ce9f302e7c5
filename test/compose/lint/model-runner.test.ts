import assert from "node:assert/strict";
import { test } from "node:test";
import { findModels } from "../../../src/compose/lint/model-runner.ts";
import { contextOf, type ModelText } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const cases: { name: string; model: ModelText; places: string[] }[] = [
  { name: "a project without models", model: { services: { web: { image: "web" } } }, places: [] },
  {
    name: "models of the project, each once",
    model: { services: { web: { models: ["llm"] } }, models: { llm: { model: "ai/x" }, embed: { model: "ai/y" } } },
    places: ["note shared models.embed", "note shared models.llm"],
  },
  {
    name: "models that only services name, in both forms",
    model: { services: { a: { models: ["llm"] }, b: { models: { embed: { endpoint_var: "URL" }, llm: null } } } },
    places: ["note shared services.b.models#embed", "note shared services.a.models#llm"],
  },
];

for (const { name, model, places } of cases) {
  test(name, () => {
    const findings = findModels(contextOf(model));

    assert.deepEqual(placesOf(findings), places);
  });
}
