import { CiloError } from "../base/errors.ts";
import type { Environment } from "../model/environment.ts";
import type { State } from "../model/state.ts";

/**
 * The environment of an id that was found before; it may have been destroyed meanwhile.
 * @throws CILO_ENVIRONMENT_NOT_FOUND
 */
export function requireEnvironment(state: State, id: string): Environment {
  const environment = Object.values(state.hosts.local.environments).find((candidate) => candidate.id === id);
  if (environment) return environment;
  throw new CiloError("CILO_ENVIRONMENT_NOT_FOUND", "the environment was destroyed meanwhile", {
    hint: 'run "cilo list" for those there are',
  });
}
