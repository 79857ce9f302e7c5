import { type Environment, keyOf, type Operation } from "../../model/environment.ts";
import { isRestoration } from "../../model/restoration.ts";
import type { Difference } from "./difference.ts";
import type { Plan, PlanStep } from "./plan-step.ts";

type Interrupted = Extract<Difference, { type: "interrupted" }>;

/** Decides what becomes of operations that were not finished. */
export function planOperation(
  difference: Extract<Difference, { type: "leftover-child" | "interrupted" | "half-destroyed" }>,
): Plan {
  const { environment } = difference;
  const subject = keyOf(environment);
  const environmentId = environment.id;
  switch (difference.type) {
    case "leftover-child": {
      const { operation, child } = difference;
      const cause = `docker compose (pid ${child.pid}) still runs, left by ${describe(operation)}, which ended at step ${operation.step}`;
      return only({ action: "end-child", environmentId, operation, subject, cause, destructive: false });
    }
    case "half-destroyed": {
      const why = environment.lastError === null ? "" : `: ${environment.lastError}`;
      const cause = `its destruction was begun and failed${why}; ${whatGoes(environment)}`;
      return only({
        action: "resume-destroy",
        environmentId,
        operation: null,
        subject,
        cause,
        destructive: true,
      });
    }
    case "interrupted":
      return isRestoration(difference.operation) ? askToRestore(difference) : only(planInterrupted(difference));
  }
}

/** A restoration makes volumes first; it alone knows which of what is there was there before. */
function askToRestore(difference: Interrupted): Plan {
  const subject = keyOf(difference.environment);
  const cause = "its restoration was cut off; what it is made from is still in the trash";
  return { steps: [], notices: [{ subject, cause, command: `cilo restore ${subject}` }] };
}

function planInterrupted(difference: Interrupted): PlanStep {
  const { environment, operation, hasWorkspace, running } = difference;
  const facts = { environmentId: environment.id, operation, subject: keyOf(environment) };
  const what = `${describe(operation)} ended at step ${operation.step}`;
  if (environment.status === "destroying") {
    const cause = `${what}; ${whatGoes(environment)}`;
    return { action: "resume-destroy", ...facts, cause, destructive: true };
  }
  switch (operation.kind) {
    case "create":
      return hasWorkspace
        ? { action: "finish-creation", ...facts, cause: `${what}; its workspace is whole`, destructive: false }
        : { action: "undo-creation", ...facts, cause: `${what}, before there was a workspace`, destructive: false };
    case "up":
      return { action: "clear-operation", ...facts, cause: `${what}; what runs is what counts`, destructive: false };
    case "down": {
      const stops = running.length === 0 ? "" : `; it stops ${running.join(", ")}`;
      return { action: "resume-down", ...facts, cause: `${what}${stops}`, destructive: running.length > 0 };
    }
    case "destroy":
      return { action: "clear-operation", ...facts, cause: `${what}, before anything was removed`, destructive: false };
    case "migrate": {
      const remakes = running.length === 0 ? "" : `; it makes ${running.join(", ")} anew`;
      return { action: "resume-migrate", ...facts, cause: `${what}${remakes}`, destructive: running.length > 0 };
    }
  }
}

/** As it was chosen when the destruction was begun. */
function whatGoes({ destruction }: Environment): string {
  return destruction?.keepWorkspace
    ? "what is left of it goes, volumes too; its workspace stays"
    : "what is left of it goes, volumes and workspace too";
}

/** "up" (pid 41) */
function describe({ kind, pid }: Pick<Operation, "kind" | "pid">): string {
  return `"${kind}" (pid ${pid})`;
}

function only(step: PlanStep): Plan {
  return { steps: [step], notices: [] };
}
