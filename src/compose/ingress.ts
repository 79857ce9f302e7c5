import { CiloError } from "../base/errors.ts";
import type { Finding } from "../model/finding.ts";
import { userLabelKeys } from "../model/labels.ts";
import type { ServiceDescription } from "./describe.ts";
import { type ComposeProject, compareText } from "./model.ts";

/** Names that stand for a project's front door, the likeliest first. */
const usualNames = ["nginx", "web", "app", "frontend", "traefik", "caddy"];

/**
 * Chooses the service that the apex and the wildcard answer with: the labelled one, else the configured one, else the first present of the usual names,
 * else the only one with host names of its own, else none. The two last rules look at services only that are active and have an address.
 * @throws CILO_CONFIG_INVALID when the configured service does not exist.
 */
export function chooseIngress(
  model: ComposeProject,
  services: Readonly<Record<string, ServiceDescription>>,
  configured: string | null,
): { service: string | null; findings: Finding[] } {
  const names = Object.keys(services).sort(compareText);
  if (configured !== null && !names.includes(configured)) throw unknownIngress(configured, names);
  const labelled = names.filter((name) => model.services[name]?.labels?.[userLabelKeys.ingress] === "true");
  if (labelled.length > 0) return chooseLabelled(labelled, services);
  if (configured !== null) return { service: configured, findings: [] };
  const reachable = names.filter((name) => services[name]?.active && hasAddress(services[name]));
  const usual = usualNames.find((name) => reachable.includes(name));
  if (usual !== undefined) return { service: usual, findings: [] };
  const named = reachable.filter((name) => (services[name]?.hostnames.length ?? 0) > 0);
  return { service: named.length === 1 ? (named[0] ?? null) : null, findings: [] };
}

/** A profile may be there to swap one front door for another, so an active one goes first. */
function chooseLabelled(
  labelled: readonly string[],
  services: Readonly<Record<string, ServiceDescription>>,
): { service: string | null; findings: Finding[] } {
  const active = labelled.filter((name) => services[name]?.active);
  const service = active[0] ?? labelled[0] ?? null;
  if (active.length < 2) return { service, findings: [] };
  const ambiguous = active.slice(1).map(
    (other): Finding => ({
      rule: "several-ingress",
      action: "kept",
      shared: false,
      level: "warning",
      path: ["services", other, "labels"],
      item: userLabelKeys.ingress,
      statement: `has the label ${userLabelKeys.ingress} as well as ${service}, which is the ingress service`,
      hint: "leave the label on one of them",
    }),
  );
  return { service, findings: ambiguous };
}

function hasAddress({ networkMode }: ServiceDescription): boolean {
  return networkMode === "environment" || networkMode === "service";
}

function unknownIngress(configured: string, names: readonly string[]): CiloError {
  return new CiloError(
    "CILO_CONFIG_INVALID",
    `ingress names the service ${JSON.stringify(configured)}, which the project does not have`,
    {
      hint:
        names.length === 0
          ? "remove ingress from .cilo/config.yml"
          : `set ingress in .cilo/config.yml to one of: ${names.join(", ")}`,
      details: { ingress: configured, services: names },
    },
  );
}
