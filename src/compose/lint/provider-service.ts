import type { Finding } from "../../model/finding.ts";
import { sortedServices } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Finds services that a program beside Compose provides: they have no container, no address and no name in a copy. */
export function findProviderServices({ reading, modes }: OverrideContext): Finding[] {
  return sortedServices(reading.base).flatMap(([name, service]): Finding[] => {
    if (modes.get(name)?.kind !== "provider") return [];
    const type = fieldOf(service.provider, "type");
    const by = typeof type === "string" ? ` ${JSON.stringify(type)}` : "";
    return [
      {
        rule: "provider-service",
        action: "kept",
        shared: true,
        level: "note",
        path: ["services", name, "provider"],
        statement: `the provider${by} makes it outside of Docker, so what it makes may be the same for every copy, and it has no name in a copy`,
        hint: "see in the provider's documentation whether it tells Compose projects apart",
      },
    ];
  });
}
