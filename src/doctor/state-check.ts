import { isAlive } from "../base/process-identity.ts";
import { keyOf } from "../model/environment.ts";
import { type Check, type Finding, ok } from "./check.ts";

/** State can be read, and no operation in it belongs to a process that died. */
export const stateCheck: Check = {
  name: "state",
  async run({ store, paths }) {
    const state = await store.read();
    const environments = Object.values(state.hosts.local.environments);
    const interrupted: Finding[] = [];
    for (const environment of environments) {
      const { operation } = environment;
      if (!operation || (await isAlive(operation))) continue;
      const key = keyOf(environment);
      interrupted.push({
        severity: "problem",
        message: `${operation.kind} of ${key} ended in the middle, at "${operation.step}" (pid ${operation.pid})`,
        remedy: operation.kind === "create" ? `cilo destroy ${key} --yes` : `cilo ${operation.kind} ${key}`,
      });
    }
    const count = environments.length === 1 ? "1 environment" : `${environments.length} environments`;
    return [ok(`${paths.stateFile}: revision ${state.revision}, ${count}`), ...interrupted];
  },
};
