import { containerServices } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { expectedMode } from "./own-network.ts";

/** Part of P6: a service whose name is no host label (`my_db`, `API`) has a zone name made of one, and no two services that run have the same. */
export function findMissingHostLabels({ base, merged, active, facts }: Copy): string[] {
  const { project, name, suffix } = facts.environment;
  return containerServices(base).flatMap(([service, { network_mode: mode }]) => {
    if (expectedMode(base, mode ?? "", active.base) !== "" || facts.shared.includes(service)) return [];
    const aliases = merged.services[service]?.networks?.default?.aliases ?? [];
    return [`.${name}.${suffix}`, `.${project}.${name}.${suffix}`].flatMap((domain) =>
      aliases.some((alias) => alias.endsWith(domain) && isHostLabel(alias.slice(0, -domain.length)))
        ? []
        : [`service ${service}: has no host name under ${domain.slice(1)}`],
    );
  });
}

/** RFC 1123 section 2.1. */
function isHostLabel(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}
