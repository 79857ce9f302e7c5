import type { Finding } from "../../model/finding.ts";
import { toEntries, toTexts } from "../loose-values.ts";
import { compareText } from "../model.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Finds models that the machine's model runner serves. */
export function findModels({ reading, services }: OverrideContext): Finding[] {
  const declared = toEntries(reading.base.models).map(([key]) => key);
  const paths = new Map(declared.map((key) => [key, ["models", key]]));
  // Compose 2.40 does not print the section.
  for (const { name, service } of services) {
    for (const key of modelKeysOf(service.models)) if (!paths.has(key)) paths.set(key, ["services", name, "models"]);
  }
  return [...paths]
    .sort(([a], [b]) => compareText(a, b))
    .map(
      ([key, path]): Finding => ({
        rule: "model-runner",
        action: "kept",
        shared: true,
        level: "note",
        path,
        ...(path[0] === "services" ? { item: key } : {}),
        statement: `the model ${key} runs in the machine's model runner, which serves every copy`,
        hint: null,
      }),
    );
}

function modelKeysOf(models: unknown): string[] {
  return Array.isArray(models) ? toTexts(models) : toEntries(models).map(([key]) => key);
}
