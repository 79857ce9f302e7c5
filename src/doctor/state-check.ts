import { isAlive } from "../base/process-identity.ts";
import { keyOf } from "../model/environment.ts";
import { type Check, type Finding, found } from "./check.ts";
import { commandAfterInterruption } from "./interrupted-operation.ts";

/** No operation in state belongs to a process that died. */
export const stateCheck: Check = {
  name: "state",
  async run({ paths }, state) {
    if (state === null) return [];
    const environments = Object.values(state.hosts.local.environments);
    const interrupted: Finding[] = [];
    for (const environment of environments) {
      const { operation } = environment;
      if (!operation || (await isAlive(operation))) continue;
      const { kind, step, pid } = operation;
      const key = keyOf(environment);
      const command = commandAfterInterruption(kind, key);
      interrupted.push(
        found("problem", `${kind} of ${key} ended in the middle, at "${step}" (pid ${pid})`, { command }),
      );
    }
    const count = environments.length === 1 ? "1 environment" : `${environments.length} environments`;
    return [found("ok", `${paths.stateFile}: revision ${state.revision}, ${count}`), ...interrupted];
  },
};
