import type { PublishRequest } from "../control/messages.ts";
import { buildZone, type Zone } from "../dns/zone.ts";
import type { ContainerFacts } from "../model/engine.ts";
import type { Environment, EnvironmentStatus } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { observeServices } from "../model/observation.ts";
import { type PublishedEnvironment, toPublished } from "../model/published.ts";
import { defaultBaseSubnet, defaultSuffix, type PinnedEngine, type State } from "../model/state.ts";

/** What the daemon knows of one environment: what it was told, from state or by a command. */
interface Entry {
  status: EnvironmentStatus;
  composeProject: string;
  published: PublishedEnvironment;
}

/**
 * The daemon's knowledge, and the zone that follows from it. Every change makes a new zone and puts it in the old one's place at once, so that a query sees the one or the other.
 */
export interface Catalog {
  zone(): Zone;
  /** State revision that is answered from. */
  revision(): number;
  serial(): number;
  environmentCount(): number;
  installation(): string | null;
  engine(): PinnedEngine | null;
  engineProblem(): string | null;
  /** Takes over the whole state; an older one than is known changes nothing. */
  replaceState(state: State): void;
  publish(request: PublishRequest): void;
  withdraw(environmentId: string, revision: number): void;
  /** Containers of one environment as the engine shows them now. */
  observe(environmentId: string, containers: readonly ContainerFacts[]): void;
  /** Containers of all environments; from now on only what runs has a name. */
  observeAll(containers: readonly ContainerFacts[]): void;
  /** The engine does not answer: names come from what is remembered. */
  loseEngine(problem: string): void;
}

/** @param firstSerial the zone's first SOA serial; it must be later than that of any daemon before. */
export function createCatalog(firstSerial: number): Catalog {
  const entries = new Map<string, Entry>();
  const observed = new Map<string, Record<string, string[]>>();
  let state: Pick<State, "installation" | "suffix" | "baseSubnet" | "hosts"> | null = null;
  let revision = -1;
  let stateRevision = -1;
  let serial = firstSerial >>> 0;
  let problem: string | null = "the engine was not asked yet";
  let zone = makeZone();

  function makeZone(): Zone {
    return buildZone({
      environments: [...entries].map(([id, entry]) =>
        withAddresses(entry, problem === null ? (observed.get(id) ?? {}) : null),
      ),
      suffix: state?.suffix ?? defaultSuffix,
      baseSubnet: state?.baseSubnet ?? defaultBaseSubnet,
      serial,
    });
  }

  /** Puts a new zone in the old one's place. Serials are 32 bits and wrap (RFC 1982). */
  function swap(): void {
    serial = (serial + 1) >>> 0;
    zone = makeZone();
  }

  function setEntry(environment: Environment): void {
    const { id, status, composeProject } = environment;
    entries.set(id, { status, composeProject, published: toPublished(environment) });
  }

  function setObserved(id: string, containers: readonly ContainerFacts[]): void {
    const entry = entries.get(id);
    if (!entry) return;
    const services = Object.fromEntries(Object.keys(entry.published.services).map((name) => [name, { replicas: 1 }]));
    const seen = observeServices({ composeProject: entry.composeProject, services }, containers);
    observed.set(id, Object.fromEntries(Object.entries(seen).map(([name, { addresses }]) => [name, addresses])));
  }

  return {
    zone: () => zone,
    revision: () => Math.max(revision, 0),
    serial: () => serial,
    environmentCount: () => entries.size,
    installation: () => state?.installation ?? null,
    engine: () => state?.hosts.local.engine ?? null,
    engineProblem: () => problem,

    replaceState(next) {
      // A read that was under way while a command published is older than what was published; the file is read again for that command's write.
      if (next.revision < revision || next.revision <= stateRevision) return;
      state = next;
      revision = next.revision;
      stateRevision = next.revision;
      entries.clear();
      for (const environment of Object.values(next.hosts.local.environments)) setEntry(environment);
      for (const id of observed.keys()) if (!entries.has(id)) observed.delete(id);
      swap();
    },

    publish(request) {
      const { environment, status, composeProject } = request;
      entries.set(environment.id, { status, composeProject, published: environment });
      observed.set(
        environment.id,
        Object.fromEntries(Object.entries(environment.services).map(([name, { addresses }]) => [name, addresses])),
      );
      revision = Math.max(revision, request.revision);
      swap();
    },

    withdraw(environmentId, at) {
      entries.delete(environmentId);
      observed.delete(environmentId);
      revision = Math.max(revision, at);
      swap();
    },

    observe(environmentId, containers) {
      setObserved(environmentId, containers);
      swap();
    },

    observeAll(containers) {
      problem = null;
      const byId = Map.groupBy(containers, ({ labels }) => labels[labelKeys.id] ?? "");
      for (const id of entries.keys()) setObserved(id, byId.get(id) ?? []);
      swap();
    },

    loseEngine(reason) {
      const wasConnected = problem === null;
      problem = reason;
      if (wasConnected) swap();
    },
  };
}

/**
 * @param seen addresses by service as the engine shows them; null when it cannot be asked: then those that state remembers of what was up are served.
 */
function withAddresses(entry: Entry, seen: Record<string, string[]> | null): PublishedEnvironment {
  const isUp = entry.status === "running" || entry.status === "degraded";
  const services: PublishedEnvironment["services"] = {};
  for (const [name, service] of Object.entries(entry.published.services)) {
    services[name] = { ...service, addresses: seen ? (seen[name] ?? []) : isUp ? service.addresses : [] };
  }
  return { ...entry.published, services };
}
