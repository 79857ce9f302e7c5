import type { Environment } from "../model/environment.ts";

/** Which profiles an environment is to have: those named, `project` for what its own files say, or null for what was chosen before. */
export type ProfileChoice = readonly string[] | "project" | null;

/** The environment as if the choice had been recorded. */
export function applyProfileChoice(environment: Environment, choice: ProfileChoice): Environment {
  if (choice === null) return environment;
  const { profilesChosen: _, ...rest } = environment;
  return choice === "project" ? rest : { ...rest, profiles: [...new Set(choice)], profilesChosen: true };
}
