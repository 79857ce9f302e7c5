import { CiloError } from "../base/errors.ts";
import type { ControllerContext } from "../controller/context.ts";
import type { State } from "../model/state.ts";
import { type Check, type Finding, found } from "./check.ts";
import { composeCheck } from "./compose-check.ts";
import { configCheck } from "./config-check.ts";
import { daemonCheck } from "./daemon-check.ts";
import { engineCheck } from "./engine-check.ts";
import { leftoversCheck } from "./leftovers-check.ts";
import { stateCheck } from "./state-check.ts";

/** Every check, in the order in which they are shown. */
const checks: readonly Check[] = [stateCheck, configCheck, engineCheck, composeCheck, daemonCheck, leftoversCheck];

/** A finding with the check it comes from. */
export interface NamedFinding extends Finding {
  check: string;
}

/** Runs all checks side by side; one that fails does not keep the others from their word. What two of them say is told once. */
export async function runChecks(context: ControllerContext): Promise<NamedFinding[]> {
  const { state, findings: unreadable } = await readState(context);
  const findings = await Promise.all(
    checks.map(async ({ name, run }) => nameFindings(name, await toFindings(() => run(context, state)))),
  );
  return withoutRepetitions([...nameFindings(stateCheck.name, unreadable), ...findings.flat()]);
}

async function readState({ store }: ControllerContext): Promise<{ state: State | null; findings: Finding[] }> {
  let state: State | null = null;
  const findings = await toFindings(async () => {
    state = await store.read();
    return [];
  });
  return { state, findings };
}

async function toFindings(look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    return [found("problem", error.message, { hint: error.hint })];
  }
}

function nameFindings(check: string, findings: readonly Finding[]): NamedFinding[] {
  return findings.map((finding) => ({ check, ...finding }));
}

/** An engine that cannot be reached, say, is every check's that needs it. */
function withoutRepetitions(findings: readonly NamedFinding[]): NamedFinding[] {
  const told = new Set<string>();
  return findings.filter(({ message }) => !told.has(message) && told.add(message));
}
