import type { Difference } from "./difference.ts";
import { planForEnvironment } from "./plan-environment.ts";
import { planForObject } from "./plan-objects.ts";
import { planOperation } from "./plan-operations.ts";
import { type Plan, type PlanStep, targetOf } from "./plan-step.ts";

export { type Plan, type PlanNotice, type PlanStep, renderPlan } from "./plan-step.ts";

/** Removals go from what uses to what is used, and make room for what is resumed; facts are recorded once everything is where it is to be, and names follow. */
const order: Record<PlanStep["action"], number> = {
  "end-child": 0,
  "finish-creation": 1,
  "undo-creation": 1,
  "remove-container": 2,
  "remove-network": 3,
  "remove-volume": 4,
  "resume-down": 5,
  "resume-destroy": 5,
  "resume-migrate": 5,
  "clear-operation": 6,
  "record-facts": 6,
  "remove-files": 7,
  withdraw: 8,
  publish: 9,
};

/** Decides what to do about each difference. Pure, and the same for equal differences in any order. */
export function plan(differences: readonly Difference[]): Plan {
  const parts = differences.map(planDifference);
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return {
    steps: parts
      .flatMap(({ steps }) => steps)
      .sort(
        (a, b) => order[a.action] - order[b.action] || byText(a.subject, b.subject) || byText(targetOf(a), targetOf(b)),
      ),
    notices: parts
      .flatMap(({ notices }) => notices)
      .sort((a, b) => byText(a.subject, b.subject) || byText(a.cause, b.cause)),
  };
}

function planDifference(difference: Difference): Plan {
  switch (difference.type) {
    case "leftover-child":
    case "interrupted":
    case "half-destroyed":
      return planOperation(difference);
    case "under-way":
    case "drifted":
    case "lost-network":
    case "missing-workspace":
    case "misanswered":
    case "still-answered":
    case "other-daemon":
    case "unreachable-daemon":
    case "unreachable-engine":
      return planForEnvironment(difference);
    default:
      return planForObject(difference);
  }
}
