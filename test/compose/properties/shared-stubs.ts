import type { Copy } from "./copies.ts";

/** Fields with which a stub would make, build, mount or publish something. */
const heavyFields = ["ports", "volumes", "build", "volumes_from", "container_name"] as const;

/** P13: a shared service is a stub in the copy: there for those that depend on it, never started, with nothing to pull, build or make. */
export function findHeavyStubs({ base, merged, facts }: Copy): string[] {
  // A model of the user's own profiles has not all services.
  const shared = facts.shared.filter((name) => Object.hasOwn(base.services, name));
  return shared.flatMap((name) => {
    const service = merged.services[name];
    if (service === undefined) return [`service ${name}: is gone, so what depends on it cannot start`];
    const { scale, deploy, image, pull_policy: policy, networks } = service;
    const problems = heavyFields
      .filter((field) => Object.keys((service[field] ?? {}) as object).length > 0)
      .map((field) => `service ${name}: still has ${field}`);
    if (scale !== 0) problems.push(`service ${name}: scale is ${scale}`);
    if ((deploy?.replicas ?? 0) !== 0) problems.push(`service ${name}: deploy.replicas is ${deploy?.replicas}`);
    if (!image) problems.push(`service ${name}: has no image, which Compose refuses`);
    if (policy !== "never") problems.push(`service ${name}: pull_policy is ${policy}`);
    const isBare = Object.keys(networks?.default ?? {}).length === 0;
    return isBare ? problems : [...problems, `service ${name}: has names or an address of its own`];
  });
}
