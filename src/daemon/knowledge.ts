import { isDeepStrictEqual } from "node:util";
import type { PublishRequest } from "../control/messages.ts";
import type { ContainerFacts } from "../model/engine.ts";
import type { Environment, EnvironmentStatus } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { type ExpectedService, judgeStatus, observeServices } from "../model/observation.ts";
import { type PublishedEnvironment, toPublished } from "../model/published.ts";
import { defaultKeptBaseSubnet, type PinnedEngine, type State } from "../model/state.ts";
import { isSameJson } from "./is-same-json.ts";

/** What the daemon was told of one environment, from state or by a command. */
interface Facts {
  status: EnvironmentStatus;
  composeProject: string;
  published: PublishedEnvironment;
}

/** One environment as it is known. Never changed in place; facts and addresses that are equal stay the same objects. */
export interface KnownEnvironment {
  facts: Facts;
  /** State revision the facts are of. */
  revision: number;
  /**
   * Moment of a command's last word on it, 0 without one: what was asked of the engine before that says nothing any
   * more.
   */
  toldAt: number;
  /**
   * Addresses by service as the engine showed them, or a command that had just asked it; null when it was not looked at
   * yet.
   */
  seen: Readonly<Record<string, readonly string[]>> | null;
  /** Its status by what the engine showed; null when it was not looked at since a command spoke of it. */
  judged: EnvironmentStatus | null;
}

/** Everything the daemon knows; changed by the functions of this file alone. */
export interface Knowledge {
  /** The head of the state file taken over last; null before the first. */
  state:
    | (Pick<State, "installation" | "revision" | "suffix" | "baseSubnet" | "keptBaseSubnet"> & {
        engine: PinnedEngine | null;
      })
    | null;
  environments: Map<string, KnownEnvironment>;
  /** Environments withdrawn since the state was taken over, with the revision they ended at. */
  withdrawn: Map<string, number>;
  /** Newest state revision known of, and the moment it came. */
  revision: number;
  revisedAt: number;
  /** Counts commands and states: orders what begins and what comes in between. */
  moment: number;
  /** Why the engine cannot be asked; null when it can. */
  engineProblem: string | null;
}

/**
 * What became of a state that was read. `outdated`: it is older than what a command told meanwhile, and nothing was
 * taken. The others are taken; after `other-environments` all are to be looked at, after `other-engine` at another
 * engine.
 */
export type StateOutcome = "outdated" | "same-environments" | "other-environments" | "other-engine";

/** Knowledge before anything is known. */
export function createKnowledge(): Knowledge {
  return {
    state: null,
    environments: new Map(),
    withdrawn: new Map(),
    revision: -1,
    revisedAt: 0,
    moment: 0,
    engineProblem: "the engine was not asked yet",
  };
}

/**
 * Takes a whole state over, one of a lower revision as well: a user may put an older file in the newer one's place.
 * @param began the moment when reading it began.
 */
export function takeState(knowledge: Knowledge, state: State, began: number): StateOutcome {
  const { installation, revision, suffix, baseSubnet, keptBaseSubnet = defaultKeptBaseSubnet, hosts } = state;
  const before = knowledge.state;
  const isOther = before?.installation !== installation;
  if (!isOther && knowledge.revisedAt > began && revision < knowledge.revision) return "outdated";
  const known = isOther ? new Map<string, KnownEnvironment>() : knowledge.environments;
  const environments = new Map<string, KnownEnvironment>();
  for (const environment of Object.values(hosts.local.environments)) {
    const { facts: before, toldAt = 0, seen = null, judged = null } = known.get(environment.id) ?? {};
    const facts = keepEqual(before, toFacts(environment));
    // A look judges by what state said at the time.
    environments.set(environment.id, { facts, revision, toldAt, seen, judged: facts === before ? judged : null });
  }
  const hasSameIds = environments.size === known.size && [...environments.keys()].every((id) => known.has(id));
  knowledge.state = { installation, revision, suffix, baseSubnet, keptBaseSubnet, engine: hosts.local.engine };
  knowledge.environments = environments;
  knowledge.withdrawn.clear();
  knowledge.moment += 1;
  knowledge.revision = revision;
  knowledge.revisedAt = knowledge.moment;
  if (!isDeepStrictEqual(before?.engine, hosts.local.engine)) return "other-engine";
  return isOther || !hasSameIds ? "other-environments" : "same-environments";
}

/**
 * Takes a command's word on an environment. Commands speak after they let go of the lock, so one may come late: facts
 * that are older than those known, or than the end of the environment, change nothing.
 */
export function takePublication(knowledge: Knowledge, request: PublishRequest): void {
  const { environment, status, composeProject, revision } = request;
  const { id } = environment;
  const known = knowledge.environments.get(id);
  const facts = keepEqual(known?.facts, { status, composeProject, published: environment });
  const knownRevision = revisionOf(knowledge, id);
  // State may have been read at a later revision, which another environment brought: then the facts are the same.
  if (revision < knownRevision && facts !== known?.facts) return;
  advance(knowledge, revision);
  const services = Object.entries(environment.services);
  knowledge.environments.set(id, {
    facts,
    revision: Math.max(revision, knownRevision),
    toldAt: knowledge.moment,
    seen: keepEqual(known?.seen, Object.fromEntries(services.map(([name, { addresses }]) => [name, addresses]))),
    judged: null,
  });
}

/** Takes a command's word that an environment is no more, unless something newer is known of it. */
export function takeWithdrawal(knowledge: Knowledge, environmentId: string, revision: number): void {
  const known = knowledge.environments.get(environmentId);
  if (known && revision < known.revision) return;
  advance(knowledge, revision);
  knowledge.withdrawn.set(environmentId, Math.max(revision, revisionOf(knowledge, environmentId)));
  knowledge.environments.delete(environmentId);
}

/**
 * Takes over what the engine shows of one environment's containers.
 * @param began the moment when the engine was asked.
 */
export function takeLook(
  knowledge: Knowledge,
  environmentId: string,
  look: { containers: readonly ContainerFacts[]; began: number },
): void {
  const known = knowledge.environments.get(environmentId);
  if (!known || known.toldAt > look.began) return;
  const { composeProject, published, status } = known.facts;
  const { keptNetworks = {} } = published;
  const services = expectationsOf(published);
  const observed = observeServices({ composeProject, keptNetworks, services }, look.containers);
  const addresses = Object.entries(observed).map(([name, service]) => [name, service.addresses]);
  const seen = keepEqual(known.seen, Object.fromEntries(addresses));
  const judged = judgeStatus(status, observed);
  if (seen === known.seen && judged === known.judged) return;
  knowledge.environments.set(environmentId, { ...known, seen, judged });
}

/** What had addresses when it was last up is expected to be up with as many; of the rest nothing is known. */
function expectationsOf({ services }: PublishedEnvironment): Record<string, ExpectedService> {
  const expected = Object.entries(services).map(([name, { addresses }]) => [
    name,
    { replicas: addresses.length, addresses },
  ]);
  return Object.fromEntries(expected);
}

/** The same for all environments; from now on only what runs has a name. */
export function takeLookAtAll(
  knowledge: Knowledge,
  look: { containers: readonly ContainerFacts[]; began: number },
): void {
  knowledge.engineProblem = null;
  const byId = Map.groupBy(look.containers, ({ labels }) => labels[labelKeys.id] ?? "");
  for (const id of knowledge.environments.keys()) {
    takeLook(knowledge, id, { containers: byId.get(id) ?? [], began: look.began });
  }
}

/** Takes note that the engine cannot be asked, and why. */
export function takeLoss(knowledge: Knowledge, problem: string): void {
  knowledge.engineProblem = problem;
}

/**
 * The state revision that is known of an environment, or as of which it is known not to be there; -1 when state was
 * never read.
 */
export function revisionOf(knowledge: Knowledge, environmentId: string): number {
  const { environments, withdrawn, state } = knowledge;
  return environments.get(environmentId)?.revision ?? withdrawn.get(environmentId) ?? state?.revision ?? -1;
}

function toFacts(environment: Environment): Facts {
  const { status, composeProject } = environment;
  return { status, composeProject, published: toPublished(environment) };
}

/** Whoever was given the known one can tell by identity that nothing changed. */
function keepEqual<T>(known: T | undefined, next: T): T {
  return known !== undefined && isSameJson(known, next) ? known : next;
}

function advance(knowledge: Knowledge, revision: number): void {
  knowledge.moment += 1;
  if (revision < knowledge.revision) return;
  knowledge.revision = revision;
  knowledge.revisedAt = knowledge.moment;
}
