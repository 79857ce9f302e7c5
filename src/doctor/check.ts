import type { ControllerContext } from "../controller/context.ts";

/** `ok`; `warning`: it works but something is worth knowing; `problem`: something does not work. */
export type Severity = "ok" | "warning" | "problem";

/** What a check found. */
export interface Finding {
  severity: Severity;
  /** One sentence. */
  message: string;
  /** The command that helps, or null. */
  remedy: string | null;
}

/** One thing that is looked at; it changes nothing. */
export interface Check {
  /** Stable, kebab-case. */
  name: string;
  run(context: ControllerContext): Promise<Finding[]>;
}

/** A finding that all is well. */
export function ok(message: string): Finding {
  return { severity: "ok", message, remedy: null };
}
