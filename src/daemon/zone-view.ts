import type { ZoneEnvironment } from "../dns/zone.ts";
import type { PublishedService } from "../model/published.ts";
import { isSameJson } from "./is-same-json.ts";
import type { Knowledge, KnownEnvironment } from "./knowledge.ts";

/** An environment as it is served, and what it was made of. */
export interface ServedEnvironment extends Pick<KnownEnvironment, "facts" | "seen"> {
  hasEngine: boolean;
  environment: ZoneEnvironment;
}

/**
 * What is to be answered of an environment that is known.
 * @param served what is answered at the moment; given back itself when nothing of it is to change. Then the revision,
 * as of which it is what it is, stays as well.
 */
export function serve(
  knowledge: Pick<Knowledge, "engineProblem" | "revision">,
  { facts, seen }: KnownEnvironment,
  served: ServedEnvironment | undefined,
): ServedEnvironment {
  const hasEngine = knowledge.engineProblem === null;
  const revision = Math.max(knowledge.revision, 0);
  const isSame = served?.facts === facts && served.seen === seen && served.hasEngine === hasEngine;
  // A revision above the state's own is of a state that another was put in the place of.
  if (isSame && served.environment.revision <= revision) return served;
  const { published, status } = facts;
  const environment = { ...published, services: servedServices({ facts, seen }, hasEngine), status, revision };
  const before = served?.environment;
  const isAnswered =
    before !== undefined && before.revision <= revision && isSameJson({ ...before, revision }, environment);
  return { facts, seen, hasEngine, environment: isAnswered ? before : environment };
}

/** Addresses are what the engine shows; while it cannot be asked, those that state remembers of what was up. */
function servedServices({ facts, seen }: Pick<KnownEnvironment, "facts" | "seen">, hasEngine: boolean): Services {
  const isUp = facts.status === "running" || facts.status === "degraded";
  const services: Services = {};
  for (const [name, service] of Object.entries(facts.published.services)) {
    const addresses = hasEngine ? (seen?.[name] ?? []) : isUp ? service.addresses : [];
    services[name] = { ...service, addresses: [...addresses] };
  }
  return services;
}

type Services = Record<string, PublishedService>;
