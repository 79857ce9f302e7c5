import type { ZoneInput } from "../dns/zone.ts";
import type { PublishedEnvironment } from "../model/published.ts";
import { defaultBaseSubnet, defaultSuffix } from "../model/state.ts";
import type { Knowledge, KnownEnvironment } from "./knowledge.ts";

/** What the zone is made of, by environment id. */
export interface ZoneView extends Omit<ZoneInput, "environments" | "serial"> {
  environments: ReadonlyMap<string, PublishedEnvironment>;
}

/** What the zone is to be made of; of one environment only when an id is given. */
export function viewOf(knowledge: Knowledge, environmentId: string | "all"): ZoneView {
  const { environments, state, engineProblem } = knowledge;
  const wanted = environmentId === "all" ? [...environments.keys()] : [environmentId];
  const view = new Map<string, PublishedEnvironment>();
  for (const id of wanted) {
    const known = environments.get(id);
    if (known) view.set(id, toServed(known, engineProblem === null));
  }
  return {
    environments: view,
    suffix: state?.suffix ?? defaultSuffix,
    baseSubnet: state?.baseSubnet ?? defaultBaseSubnet,
  };
}

/** Addresses are what the engine shows; while it cannot be asked, those that state remembers of what was up. */
function toServed({ facts, seen }: KnownEnvironment, hasEngine: boolean): PublishedEnvironment {
  const isUp = facts.status === "running" || facts.status === "degraded";
  const services: PublishedEnvironment["services"] = {};
  for (const [name, service] of Object.entries(facts.published.services)) {
    const addresses = hasEngine ? (seen?.[name] ?? []) : isUp ? service.addresses : [];
    services[name] = { ...service, addresses: [...addresses] };
  }
  return { ...facts.published, services };
}
