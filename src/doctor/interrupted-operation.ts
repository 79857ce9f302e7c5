import type { OperationKind } from "../model/environment.ts";

/** The command that goes on after an operation whose process died: mostly the same again. */
export function commandAfterInterruption(kind: OperationKind, key: string): string {
  // What was copied so far may be whole or not; that is looked at there.
  if (kind === "create") return "cilo doctor --fix";
  return kind === "migrate" ? `cilo network migrate --env ${key}` : `cilo ${kind} ${key}`;
}
