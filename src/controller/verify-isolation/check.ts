/** `failed`: shown to be shared; `unproven`: nothing shared was seen, but the proof did not work. */
export type CheckStatus = "ok" | "failed" | "unproven";

/** Something a check found; a `note` changes nothing about the verdict. */
export interface CheckFinding {
  status: "failed" | "unproven" | "note";
  /** One sentence: who, what, with whom. */
  message: string;
  /** How to mend it, starting with a verb; null when there is nothing to do. */
  hint: string | null;
  /** The same as data; its keys are the check's own. */
  details: Record<string, unknown>;
}

/** One thing that isolation means, and whether it holds between the two environments. */
export interface Check {
  /** Stable, kebab-case. */
  name: string;
  /** Keys of the environments, for a check that has a direction; else null. */
  from: string | null;
  to: string | null;
  status: CheckStatus;
  /** What was looked at or probed, in one phrase: "96 connections". */
  summary: string;
  findings: CheckFinding[];
}

/** Makes a check of what was found: the worst of it is its status. */
export function toCheck(
  name: string,
  options: { findings: readonly CheckFinding[]; summary: string; from?: string; to?: string },
): Check {
  const { findings, summary, from = null, to = null } = options;
  const statuses = findings.map(({ status }) => status);
  const status = statuses.includes("failed") ? "failed" : statuses.includes("unproven") ? "unproven" : "ok";
  const order = ["failed", "unproven", "note"];
  const sorted = [...findings].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  return { name, from, to, status, summary, findings: sorted };
}
