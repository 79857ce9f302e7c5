import { type Environment, emptyService, type Service } from "../../src/model/environment.ts";
import { emptyState, type State } from "../../src/model/state.ts";

/** A complete record of an environment, with what a test cares about changed. */
export function makeEnvironment(changes: Partial<Environment> = {}): Environment {
  const project = changes.project ?? "shop";
  const name = changes.name ?? "blue";
  return {
    id: `id-${project}-${name}`,
    project,
    name,
    createdAt: "2026-11-20T12:00:00.000Z",
    source: `/src/${project}`,
    projectPath: "",
    subnet: "10.224.0.0/24",
    status: "running",
    suffix: "test",
    shortNames: true,
    composeProject: `cilo-${project}-${name}`,
    composeFiles: [],
    profiles: [],
    services: {},
    sharedServices: [],
    sharedNetworks: [],
    anonymousVolumes: [],
    operation: null,
    lastError: null,
    ...changes,
  };
}

/** A service's record with what a test cares about changed. */
export function makeService(changes: Partial<Service> = {}): Service {
  return { ...emptyService(), ...changes };
}

/** State with these environments. */
export function makeState(environments: readonly Environment[], changes: Partial<State> = {}): State {
  const state = emptyState("11111111-1111-4111-8111-111111111111");
  for (const environment of environments) {
    state.hosts.local.environments[`${environment.project}/${environment.name}`] = environment;
  }
  return { ...state, revision: 1, ...changes };
}
