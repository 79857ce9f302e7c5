import { parseHostname } from "../model/custom-hostname.ts";
import type { Environment } from "../model/environment.ts";
import { toAbsoluteHostname } from "../model/host-names.ts";

/**
 * The hostnames that environments ask for and that lie under none of the suffixes: a resolver that sends only the
 * suffixes to cilo never asks it for these. Encoded, of a wildcard the domain below which it stands; sorted, each once.
 */
export function outsideHostnames(environments: readonly Environment[], suffixes: readonly string[]): string[] {
  const names = new Set<string>();
  for (const environment of environments) {
    for (const entry of Object.values(environment.services).flatMap(({ hostnames }) => hostnames)) {
      const hostname = parseHostname(toAbsoluteHostname(environment, entry));
      if (hostname.kind !== "invalid" && hostname.name !== "") names.add(hostname.name);
    }
  }
  return [...names].filter((name) => !suffixes.some((suffix) => isWithin(name, suffix))).sort();
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
