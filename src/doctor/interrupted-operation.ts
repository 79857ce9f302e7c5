import type { OperationKind } from "../model/environment.ts";

/** The command that goes on after an operation whose process died: the same again, but half a copy is of no use. */
export function commandAfterInterruption(kind: OperationKind, key: string): string {
  return kind === "create" ? `cilo destroy ${key} --yes` : `cilo ${kind} ${key}`;
}
