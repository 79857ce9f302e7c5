import type { Operation } from "../model/environment.ts";
import { isRestoration } from "../model/restoration.ts";

/** The command that goes on after an operation whose process died: mostly the same again. */
export function commandAfterInterruption(operation: Pick<Operation, "kind" | "step">, key: string): string {
  const { kind } = operation;
  if (isRestoration(operation)) return `cilo restore ${key}`;
  // What was copied so far may be whole or not; that is looked at there.
  if (kind === "create") return "cilo doctor --fix";
  return kind === "migrate" ? `cilo network migrate --env ${key}` : `cilo ${kind} ${key}`;
}
