import { toAsciiHostname } from "./custom-hostname.ts";
import type { Environment } from "./environment.ts";
import { labelServices } from "./names.ts";

/** What the names of an environment follow from. */
export type NamedEnvironment = Pick<Environment, "project" | "name" | "suffix" | "shortNames">;

/** The exact names of one service, without a final dot; wildcards are not among them. */
export interface ServiceHostNames {
  /** The name that is shown and that PTR gives back. */
  advertised: string;
  /** Every name under the environment's own domain, `advertised` first. */
  all: string[];
}

/** `login.test` when the environment has the short names, else `shop.login.test`: what the advertised names end in. */
export function advertisedDomain(environment: NamedEnvironment): string {
  return environment.shortNames ? shortDomain(environment) : projectDomain(environment);
}

/** `login.test` */
export function shortDomain(environment: NamedEnvironment): string {
  return `${environment.name}.${environment.suffix}`;
}

/** `shop.login.test`: the apex that answers with the ingress service, with the long names below it. */
export function projectDomain(environment: NamedEnvironment): string {
  return `${environment.project}.${shortDomain(environment)}`;
}

/**
 * The names of every service: `service.env.suffix` when the environment has the short names, and `service.project.env.suffix` always.
 * @returns one entry a service name given.
 */
export function hostNamesOf(
  environment: NamedEnvironment,
  serviceNames: readonly string[],
): Map<string, ServiceHostNames> {
  const domains = environment.shortNames
    ? [shortDomain(environment), projectDomain(environment)]
    : [projectDomain(environment)];
  const names = new Map<string, ServiceHostNames>();
  for (const [service, labels] of labelServices(serviceNames)) {
    const all = domains.flatMap((domain) => labels.all.map((label) => `${label}.${domain}`));
    names.set(service, { advertised: `${labels.canonical}.${advertisedDomain(environment)}`, all });
  }
  return names;
}

/**
 * The full form of an entry of `cilo.hostnames`: `admin` becomes `admin.login.test` (`admin.shop.login.test` where the short names are another's),
 * one with a dot is absolute already. Lower case, other scripts encoded (UTS 46), no final dot.
 */
export function toAbsoluteHostname(environment: NamedEnvironment, hostname: string): string {
  const name = toAsciiHostname(hostname);
  return name.includes(".") ? name : `${name}.${advertisedDomain(environment)}`;
}

/**
 * The address to open a service with, or null when no TCP port of it is known. The lowest port is shown unless it is 80.
 * @param ports TCP ports, any order.
 */
export function urlOf(host: string, ports: readonly number[]): string | null {
  if (ports.length === 0) return null;
  const port = Math.min(...ports);
  return port === 80 ? `http://${host}` : `http://${host}:${port}`;
}
