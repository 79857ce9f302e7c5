import type { ControllerContext } from "../controller/context.ts";
import type { State } from "../model/state.ts";

/** `ok`: all is well; `info`: worth knowing; `warning`: it works, but not as it should; `problem`: something does not work. */
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
}

/** One thing that is looked at; it changes nothing. */
export interface Check {
  /** Stable, kebab-case. */
  name: string;
  /** @param state null when it cannot be read, which is told elsewhere. */
  run(context: ControllerContext, state: State | null): Promise<Finding[]>;
}

/** Makes a finding. */
export function found(
  severity: Severity,
  message: string,
  advice: Partial<Pick<Finding, "hint" | "command">> = {},
): Finding {
  return { severity, message, hint: null, command: null, ...advice };
}
