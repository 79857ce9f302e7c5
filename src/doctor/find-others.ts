import type { EngineObjects } from "../controller/conflicts.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { labelKeys } from "../model/labels.ts";
import { isMember } from "../model/observation.ts";
import type { State } from "../model/state.ts";

/**
 * Who has made it, if not this installation: `installation`, another one; `migrated`, the Go program, for an
 * environment that state has taken over from it; `old`, the Go program otherwise.
 */
export type OtherOrigin = "installation" | "migrated" | "old";

/** What there is on the engine of one environment that is not this installation's. */
export interface OtherObjects {
  origin: OtherOrigin;
  /** "shop/login", as the labels say; null when they do not. */
  environment: string | null;
  /** The installation that made it; null for the Go program, which had none. */
  installation: string | null;
  /** Names, sorted. */
  containers: string[];
  networks: string[];
  volumes: string[];
}

type Labels = Record<string, string>;

const kinds = ["containers", "networks", "volumes"] as const;
const composeProjectLabel = "com.docker.compose.project";

/**
 * Finds what others have made that carries cilo's labels, grouped by environment, in a stable order. What this
 * installation itself has made and needs no more is told apart by reconciliation.
 */
export function findOthers(state: State, objects: EngineObjects): OtherObjects[] {
  const migrated = keysBeforeMigration(state);
  const groups = new Map<string, OtherObjects>();
  const made = { ...objects, containers: objects.containers.filter(isOfCompose) };
  for (const kind of kinds) {
    for (const object of made[kind]) {
      const owner = ownerOf(object.labels, state, migrated);
      if (owner === null) continue;
      const key = JSON.stringify([owner.origin, owner.environment, owner.installation, owner.id]);
      const { origin, environment, installation } = owner;
      const group = groups.get(key) ?? { origin, environment, installation, containers: [], networks: [], volumes: [] };
      group[kind].push(object.name);
      groups.set(key, group);
    }
  }
  for (const group of groups.values()) for (const kind of kinds) group[kind].sort();
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

interface Owner extends Pick<OtherObjects, "origin" | "environment" | "installation"> {
  id: string | null;
}

/** Whose an object is; null when it is this installation's, and when it is not cilo's. */
function ownerOf(labels: Labels, state: State, migrated: readonly string[]): Owner | null {
  const installation = labels[labelKeys.installation];
  if (installation === undefined) return ownerBeforeInstallations(labels, migrated);
  if (installation === state.installation) return null;
  const id = labels[labelKeys.id] ?? null;
  return { origin: "installation", environment: environmentOf(labels), installation, id };
}

/**
 * The Go program labelled its containers and left networks and volumes to Compose, in a project named after the
 * environment.
 */
function ownerBeforeInstallations(labels: Labels, migrated: readonly string[]): Owner | null {
  const byProject = migrated.find((key) => labels[composeProjectLabel] === `cilo_${key.split("/").at(-1)}`);
  const environment = environmentOf(labels) ?? byProject ?? null;
  if (environment === null && labels[labelKeys.cilo] !== "true") return null;
  const isMigrated = environment !== null && migrated.includes(environment);
  return { origin: isMigrated ? "migrated" : "old", environment, installation: null, id: null };
}

function environmentOf(labels: Labels): string | null {
  const project = labels[labelKeys.project];
  const name = labels[labelKeys.environment];
  return project === undefined || name === undefined ? null : `${project}/${name}`;
}

/**
 * False for what somebody runs from an image committed from one of cilo's containers, whose labels such an image brings
 * along.
 */
function isOfCompose(container: ContainerFacts): boolean {
  return isMember(container.labels[composeProjectLabel] ?? "", container);
}

/** What the environments were called that the migration of an old state file took over. */
function keysBeforeMigration(state: State): string[] {
  return Object.values(state.hosts.local.environments).flatMap((environment) => {
    const from: unknown = "migratedFrom" in environment ? environment.migratedFrom : null;
    return typeof from === "object" && from !== null && "key" in from ? [String(from.key)] : [];
  });
}
