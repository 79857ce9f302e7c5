import { CiloError } from "../../base/errors.ts";
import type { ControllerContext } from "../context.ts";
import { applyStep } from "./apply.ts";
import { diff } from "./diff.ts";
import { observe } from "./observe.ts";
import { type Plan, type PlanStep, plan } from "./plan.ts";

/** What became of a plan. */
export interface PlanOutcome {
  /** Steps that were done, also those whose reason was gone by then. */
  done: PlanStep[];
  failed: { step: PlanStep; error: CiloError }[];
}

/**
 * Finds out what has to be done for state, engine, files and names to agree; changes nothing.
 * @throws CILO_ENGINE_CHANGED for another engine than the one the environments live on; what reading state throws.
 */
export async function planReconciliation(context: ControllerContext): Promise<Plan> {
  return plan(diff(await observe(context)));
}

/**
 * Does a plan's steps in their order; each takes its environment's lock, looks again and does nothing when its reason is
 * gone. One that fails does not keep back the others. Whoever does not want a step leaves it out of the plan.
 * @throws the signal's reason, and CILO_BUG.
 */
export async function applyPlan(context: ControllerContext, { steps }: Pick<Plan, "steps">): Promise<PlanOutcome> {
  const outcome: PlanOutcome = { done: [], failed: [] };
  for (const step of steps) {
    context.signal.throwIfAborted();
    try {
      await applyStep(context, step);
      outcome.done.push(step);
    } catch (error) {
      if (context.signal.aborted || !(error instanceof CiloError) || error.code === "CILO_BUG") throw error;
      outcome.failed.push({ step, error });
    }
  }
  return outcome;
}
