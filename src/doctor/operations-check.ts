import { isAlive } from "../base/process-identity.ts";
import { keyOf, type Operation } from "../model/environment.ts";
import { isRestoration } from "../model/restoration.ts";
import { type Check, type Finding, found } from "./check.ts";
import { ifKnown } from "./if-known.ts";
import { commandAfterInterruption } from "./interrupted-operation.ts";
import type { Survey } from "./survey.ts";

/** No operation in state belongs to a process that died. */
export const operationsCheck: Check = {
  name: "operations",
  async run(survey) {
    const environments = Object.values((await survey.state()).hosts.local.environments);
    const mendable = await findMendable(survey);
    const findings = await Promise.all(
      environments.map(async (environment) => {
        const { id, operation, status } = environment;
        const key = keyOf(environment);
        const fixable = mendable.has(id);
        if (operation !== null) return [await judgeOperation(key, operation, fixable)];
        return status === "destroying" ? [reportHalfDestroyed(key, environment.lastError, fixable)] : [];
      }),
    );
    const all = findings.flat();
    return all.length === 0 ? [found("ok", "no operation is under way, none was interrupted")] : all;
  },
};

/** Ids of environments whose interrupted operation can be finished; without the engine most cannot. */
async function findMendable({ differences }: Survey): Promise<Set<string>> {
  const known = (await ifKnown(differences())) ?? [];
  return new Set(
    known.flatMap((one) => (one.type === "interrupted" || one.type === "half-destroyed" ? [one.environment.id] : [])),
  );
}

async function judgeOperation(key: string, operation: Operation, fixable: boolean): Promise<Finding> {
  const { kind, step, pid, startedAt, child } = operation;
  if (await isAlive(operation)) return found("info", `${kind} of ${key} is under way (pid ${pid}, since ${startedAt})`);
  const goesOn = child !== null && (await isAlive(child)) ? `; its docker compose (pid ${child.pid}) still runs` : "";
  return found("problem", `${kind} of ${key} ended in the middle, at "${step}" (pid ${pid})${goesOn}`, {
    command: commandAfterInterruption(operation, key),
    fixable: fixable && !isRestoration(operation),
  });
}

function reportHalfDestroyed(key: string, lastError: string | null, fixable: boolean): Finding {
  const why = lastError === null ? "" : `: ${lastError}`;
  return found("problem", `the destruction of ${key} was begun and failed${why}`, {
    command: `cilo destroy ${key}`,
    fixable,
  });
}
