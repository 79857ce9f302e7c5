import type { CiloError } from "../base/errors.ts";
import type { Survey } from "./survey.ts";

/**
 * `ok`: all is well; `info`: worth knowing; `warning`: it works, but not as it should; `problem`: something does not
 * work.
 */
export type Severity = "ok" | "info" | "warning" | "problem";

/** What a check found. */
export interface Finding {
  severity: Severity;
  /** One sentence. */
  message: string;
  /** What to do, in words. */
  hint: string | null;
  /** What helps, to be run in a shell as it stands. */
  command: string | null;
  /** Whether `cilo doctor --fix` mends it. */
  fixable: boolean;
}

/** One thing that is looked at; it changes nothing. */
export interface Check {
  /** Stable, kebab-case. */
  name: string;
  run(survey: Survey): Promise<Finding[]>;
}

/** Makes a finding. */
export function found(
  severity: Severity,
  message: string,
  advice: Partial<Pick<Finding, "hint" | "command" | "fixable">> = {},
): Finding {
  return { severity, message, hint: null, command: null, fixable: false, ...advice };
}

/** What an error of ours says, as a finding: a command that its hint begins with is one to be run as it stands. */
export function foundError({ message, hint }: CiloError): Finding {
  const [whole, command] = /^run "([^"<]+)"/.exec(hint ?? "") ?? [];
  if (command === undefined) return found("problem", message, { hint });
  return found("problem", message, { hint: whole === hint ? null : hint, command });
}

/** What a check says that cannot do without the daemon. */
export function withoutDaemon(): Finding[] {
  return [found("info", "not checked, as no DNS server runs")];
}
