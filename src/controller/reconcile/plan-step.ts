import type { Operation } from "../../model/environment.ts";
import type { StrayFile } from "./observation.ts";

/** What is done about one difference, with what doing it needs. */
export type PlanAction =
  | { action: "end-child"; environmentId: string; operation: Operation }
  /** The workspace is whole: only the journal is to be closed. */
  | { action: "finish-creation"; environmentId: string; operation: Operation }
  /** Nothing of it was acknowledged. */
  | { action: "undo-creation"; environmentId: string; operation: Operation }
  /** The journal is closed, and what the engine shows is recorded. */
  | { action: "clear-operation"; environmentId: string; operation: Operation }
  | { action: "resume-down"; environmentId: string; operation: Operation }
  | { action: "resume-destroy"; environmentId: string; operation: Operation | null }
  | { action: "resume-migrate"; environmentId: string; operation: Operation }
  | { action: "record-facts"; environmentId: string }
  /** `isOrphan`: its volumes without a name go as well, since nobody would know them; else they are written down. */
  | { action: "remove-container"; environmentId: string; containerId: string; isOrphan: boolean }
  | { action: "remove-network"; environmentId: string; networkId: string }
  | { action: "remove-volume"; environmentId: string; volume: string }
  | { action: "remove-files"; file: StrayFile }
  | { action: "withdraw"; environmentId: string }
  | { action: "publish"; environmentId: string };

/** One step of a plan. */
export type PlanStep = PlanAction & {
  /** "shop/login", "container cilo-shop-old-web-1" */
  subject: string;
  /** One clause: why, with the facts. */
  cause: string;
  /** Whether it loses data or stops something that runs: to be done only when somebody has said so. */
  destructive: boolean;
};

/** What only the user can mend. */
export interface PlanNotice {
  subject: string;
  cause: string;
  /** What helps, to be run in a shell as it stands; null when there is nothing to do but wait. */
  command: string | null;
}

/** What is to be done for state, engine, files and names to agree, in the order in which it is done. */
export interface Plan {
  steps: PlanStep[];
  notices: PlanNotice[];
}

/** Golden text of a plan: one line a step, "action subject — cause", then one a notice. Empty when there is nothing to do or to say. */
export function renderPlan({ steps, notices }: Plan): string {
  const lines = [
    ...steps.map(
      ({ action, subject, cause, destructive }) => `${action}${destructive ? "!" : ""} ${subject} — ${cause}`,
    ),
    ...notices.map(
      ({ subject, cause, command }) => `notice ${subject} — ${cause}${command === null ? "" : `; run: ${command}`}`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Whether two steps are the same deed, whatever the reasons given for it. */
export function isSameDeed(a: PlanStep, b: PlanStep): boolean {
  return a.action === b.action && targetOf(a) === targetOf(b);
}

/** What a step acts on: an id, a name or a path. */
export function targetOf(step: PlanStep): string {
  switch (step.action) {
    case "remove-container":
      return step.containerId;
    case "remove-network":
      return step.networkId;
    case "remove-volume":
      return step.volume;
    case "remove-files":
      return step.file.path;
    default:
      return step.environmentId;
  }
}
