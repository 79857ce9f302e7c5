import type { PublishRequest } from "../control/messages.ts";
import type { Installation } from "../dns/zone/installation-entries.ts";
import { warningsOfEnvironment } from "../dns/zone/zone-warnings.ts";
import { buildZone, changeZone, type Zone, type ZoneChange, type ZoneEnvironment } from "../dns/zone.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { publishedSubnets } from "../model/kept-networks.ts";
import { defaultBaseSubnet, defaultSuffix, type PinnedEngine, type State } from "../model/state.ts";
import { isSameJson } from "./is-same-json.ts";
import {
  createKnowledge,
  type Knowledge,
  revisionOf,
  type StateOutcome,
  takeLook,
  takeLookAtAll,
  takeLoss,
  takePublication,
  takeState,
  takeWithdrawal,
} from "./knowledge.ts";
import { type ServedEnvironment, serve } from "./zone-view.ts";

/**
 * The daemon's knowledge, and the zone that follows from it. A change of what is answered makes a new zone and puts it
 * in the old one's place at once, so that a query sees the one or the other; any other change leaves the zone and its
 * serial alone.
 */
export interface Catalog {
  zone(): Zone;
  /** Newest state revision that is answered from. */
  revision(): number;
  /** State revision that is answered from for one environment, or as of which it is known to be gone. */
  revisionOf(environmentId: string): number;
  serial(): number;
  environmentCount(): number;
  /** Everything that is answered of environments at this moment. */
  environments(): ZoneEnvironment[];
  /** What the zone has to say of one environment's names; one line each. */
  warningsOf(environment: { id: string }): string[];
  installation(): string | null;
  /** CIDRs that addresses of environments are taken from; that of kept networks once there is one. */
  subnets(): string[];
  engine(): PinnedEngine | null;
  engineProblem(): string | null;
  /** To be taken when a read of the state file or a look at the engine begins, and given along with what it brings. */
  moment(): number;
  /** Takes over the whole state as it was read. */
  replaceState(state: State, began: number): StateOutcome;
  /** Takes over a command's word, unless something newer is known. */
  publish(request: PublishRequest): void;
  withdraw(environmentId: string, revision: number): void;
  /** Containers of one environment as the engine showed them, asked at the moment `began`. */
  observe(environmentId: string, containers: readonly ContainerFacts[], began: number): void;
  /** Containers of all environments; from now on only what runs has a name. */
  observeAll(containers: readonly ContainerFacts[], began: number): void;
  /** The engine does not answer: names come from what is remembered. */
  loseEngine(problem: string): void;
}

/** @param firstSerial the zone's first SOA serial; it must be later than that of any daemon before. */
export function createCatalog(firstSerial: number): Catalog {
  const knowledge = createKnowledge();
  const served = new Map<string, ServedEnvironment>();
  let zone = buildZone({ ...installationOf(knowledge), environments: [], serial: firstSerial });

  /** @param touched what `apply` may change. */
  function change<T>(touched: string | "all", apply: () => T): T {
    const result = apply();
    const ids = touched === "all" ? new Set([...served.keys(), ...knowledge.environments.keys()]) : [touched];
    publish(serveAgain(knowledge, served, ids));
    return result;
  }

  function publish({ set, remove }: Omit<ZoneChange, "serial">): void {
    const installation = installationOf(knowledge);
    // Serials are 32 bits and wrap (RFC 1982).
    const serial = (zone.serial + 1) >>> 0;
    if (!isSameJson(installation, zone.index.installation)) {
      const environments = [...served.values()].map(({ environment }) => environment);
      zone = buildZone({ ...installation, environments, serial });
    } else if (set.length + remove.length > 0) zone = changeZone(zone, { set, remove, serial });
  }

  return {
    zone: () => zone,
    serial: () => zone.serial,
    warningsOf: ({ id }) => warningsOfEnvironment(zone.index, id).map(({ message }) => message),
    revision: () => Math.max(knowledge.revision, 0),
    revisionOf: (id) => revisionOf(knowledge, id),
    environmentCount: () => knowledge.environments.size,
    environments: () => [...served.values()].map(({ environment }) => environment),
    installation: () => knowledge.state?.installation ?? null,
    subnets: () =>
      publishedSubnets(
        knowledge.state ?? installationOf(knowledge),
        [...knowledge.environments.values()].map(({ facts }) => facts.published),
      ),
    engine: () => knowledge.state?.engine ?? null,
    engineProblem: () => knowledge.engineProblem,
    moment: () => knowledge.moment,
    replaceState: (state, began) => change("all", () => takeState(knowledge, state, began)),
    publish: (request) => change(request.environment.id, () => takePublication(knowledge, request)),
    withdraw: (id, revision) => change(id, () => takeWithdrawal(knowledge, id, revision)),
    observe: (id, containers, began) => change(id, () => takeLook(knowledge, id, { containers, began })),
    observeAll: (containers, began) => change("all", () => takeLookAtAll(knowledge, { containers, began })),
    loseEngine: (problem) => change("all", () => takeLoss(knowledge, problem)),
  };
}

function installationOf({ state }: Knowledge): Installation {
  return { suffix: state?.suffix ?? defaultSuffix, baseSubnet: state?.baseSubnet ?? defaultBaseSubnet };
}

/** Brings what is served of some environments up to what is known of them. */
function serveAgain(
  knowledge: Knowledge,
  served: Map<string, ServedEnvironment>,
  ids: Iterable<string>,
): Omit<ZoneChange, "serial"> {
  const set: ZoneEnvironment[] = [];
  const remove: string[] = [];
  for (const id of ids) {
    const known = knowledge.environments.get(id);
    const before = served.get(id);
    if (known === undefined) {
      if (served.delete(id)) remove.push(id);
      continue;
    }
    const now = serve(knowledge, known, before);
    served.set(id, now);
    if (now.environment !== before?.environment) set.push(now.environment);
  }
  return { set, remove };
}
