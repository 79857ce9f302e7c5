import { CiloError } from "../base/errors.ts";
import type { ControllerContext } from "../controller/context.ts";
import type { Check, Finding } from "./check.ts";
import { composeCheck } from "./compose-check.ts";
import { daemonCheck } from "./daemon-check.ts";
import { engineCheck } from "./engine-check.ts";
import { stateCheck } from "./state-check.ts";

/** Every check, in the order in which they are shown. */
export const checks: readonly Check[] = [stateCheck, engineCheck, composeCheck, daemonCheck];

/** A finding with the check it comes from. */
export interface NamedFinding extends Finding {
  check: string;
}

/** Runs all checks side by side; one that fails does not keep the others from their word. */
export async function runChecks(context: ControllerContext): Promise<NamedFinding[]> {
  const found = await Promise.all(
    checks.map(async ({ name, run }) => (await runCheck(run, context)).map((finding) => ({ check: name, ...finding }))),
  );
  return found.flat();
}

async function runCheck(run: Check["run"], context: ControllerContext): Promise<Finding[]> {
  try {
    return await run(context);
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    return [{ severity: "problem", message: error.message, remedy: error.hint }];
  }
}
