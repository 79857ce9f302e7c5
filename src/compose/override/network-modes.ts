import type { Contribution, OverrideContext } from "./concern.ts";
import { mapping, reset, type YamlMapping } from "./render.ts";

/** Modes that mean a network of the engine's own, which gives no names and joins all copies. */
const engineModes = new Set(["bridge", "default"]);

/**
 * Keeps `none`, `host` and `service:x`, points `container:<container_name of this project>` to its service, and takes away every other mode,
 * for which the environment's network then stands in.
 */
export function rewriteNetworkModes({ services }: OverrideContext): Contribution {
  const entries: [string, YamlMapping][] = [];
  const warnings: string[] = [];
  for (const { name, service, mode } of services) {
    const given = service.network_mode ?? "";
    if (given === "") continue;
    if (mode.kind === "host") {
      warnings.push(
        `service ${name}: network_mode host is kept, so every copy shares the host's ports and has no name of its own`,
      );
    } else if (mode.kind === "container") {
      warnings.push(`service ${name}: network_mode ${given} is kept, so every copy shares that container's network`);
    } else if (mode.kind === "service" && given !== `service:${mode.service}`) {
      entries.push([name, mapping({ network_mode: `service:${mode.service}` })]);
    } else if (mode.kind === "environment") {
      entries.push([name, mapping({ network_mode: reset() })]);
      if (!engineModes.has(given)) {
        warnings.push(`service ${name}: network_mode ${given} is replaced by the environment's network`);
      }
    }
  }
  return { services: new Map(entries), warnings };
}
