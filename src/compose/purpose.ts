import type { ServicePurpose } from "../model/environment.ts";
import { userLabelKeys } from "../model/labels.ts";
import type { ComposeProject, ComposeService } from "./model.ts";

/** Restart policies under which the engine starts a container again although it ended with exit code 0. */
const lastingPolicies = new Set(["always", "unless-stopped"]);

/**
 * What a project says of whether its services go on running. One that another waits for to complete is a job; one that is started again when it ends, that is checked
 * while it runs, that another waits for to be healthy, that publishes ports or asks for host names, is a server. The others may be either, and are not among them.
 */
export function purposesOf({ services }: Pick<ComposeProject, "services">): Map<string, ServicePurpose> {
  const jobs = awaited(services, "service_completed_successfully");
  const servers = awaited(services, "service_healthy");
  return new Map(
    Object.entries(services).flatMap(([name, service]): [string, ServicePurpose][] => {
      if (jobs.has(name)) return [[name, "job"]];
      const isServer = servers.has(name) || hasHealthcheck(service) || isLasting(service) || isReached(service);
      return isServer ? [[name, "server"]] : [];
    }),
  );
}

function isLasting(service: ComposeService): boolean {
  return lastingPolicies.has(restartPolicyOf(service));
}

/** Whether somebody is to connect to it. */
function isReached({ ports, labels }: ComposeService): boolean {
  return (
    (ports ?? []).length > 0 ||
    labels?.[userLabelKeys.hostnames] !== undefined ||
    labels?.[userLabelKeys.ingress] === "true"
  );
}

/** Tells whether a service declares a health check; one taken away is none. */
export function hasHealthcheck({ healthcheck }: Pick<ComposeService, "healthcheck">): boolean {
  if (!healthcheck || healthcheck.disable) return false;
  const first = typeof healthcheck.test === "string" ? healthcheck.test : healthcheck.test?.[0];
  return first !== undefined && first !== "NONE";
}

/** `deploy.restart_policy` is Compose's second way to say it, and the one that wins. */
function restartPolicyOf({ restart, deploy }: ComposeService): string {
  const policy: unknown = deploy?.restart_policy;
  const condition = typeof policy === "object" && policy !== null && "condition" in policy ? policy.condition : null;
  if (condition === "any") return "always";
  return String(condition ?? restart ?? "");
}

function awaited(services: ComposeProject["services"], condition: string): Set<string> {
  const names = Object.values(services).flatMap(({ depends_on: dependencies }) =>
    Object.entries(Array.isArray(dependencies) ? {} : (dependencies ?? {}))
      .filter(([, how]) => typeof how === "object" && how !== null && "condition" in how && how.condition === condition)
      .map(([name]) => name),
  );
  return new Set(names);
}
