import type { ZoneEnvironment } from "../dns/zone.ts";
import type { PublishedService } from "../model/published.ts";
import { isSameJson } from "./is-same-json.ts";
import type { Knowledge, KnownEnvironment } from "./knowledge.ts";

/** An environment as it is served, and what it was made of. */
export interface ServedEnvironment extends Pick<KnownEnvironment, "facts" | "seen" | "judged"> {
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
  { facts, seen, judged }: KnownEnvironment,
  served: ServedEnvironment | undefined,
): ServedEnvironment {
  const hasEngine = knowledge.engineProblem === null;
  const revision = Math.max(knowledge.revision, 0);
  const isSame =
    served?.facts === facts && served.seen === seen && served.judged === judged && served.hasEngine === hasEngine;
  // A revision above the state's own is of a state that another was put in the place of.
  if (isSame && served.environment.revision <= revision) return served;
  const { published } = facts;
  const status = (hasEngine ? judged : null) ?? facts.status;
  const environment = { ...published, services: servedServices({ facts, seen }, hasEngine), status, revision };
  const before = served?.environment;
  const isAnswered =
    before !== undefined && before.revision <= revision && isSameJson({ ...before, revision }, environment);
  return { facts, seen, judged, hasEngine, environment: isAnswered ? before : environment };
}

/** Addresses are what the engine shows; while it cannot be asked, those that state remembers of what was up. */
function servedServices({ facts, seen }: Pick<KnownEnvironment, "facts" | "seen">, hasEngine: boolean): Services {
  const isUp = facts.status === "running" || facts.status === "degraded";
  // A service may be called "__proto__", which an assignment would lose.
  return Object.fromEntries(
    Object.entries(facts.published.services).map(([name, service]) => {
      const addresses = hasEngine ? (seen?.[name] ?? []) : isUp ? service.addresses : [];
      return [name, { ...service, addresses: [...addresses] }];
    }),
  );
}

type Services = Record<string, PublishedService>;
