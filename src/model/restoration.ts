import type { Operation } from "./environment.ts";

type Journal = Pick<Operation, "kind" | "step">;

/**
 * What the journal says while a destroyed environment is brought back: `whole` with its workspace, which is there from
 * the moment it is whole; `besideFiles` around the workspace that its destruction left, which is the user's.
 */
export const restorationSteps = { whole: "restore", besideFiles: "restore-beside-files" } as const;

/** Whether it is a creation out of the trash, which `restore` alone can go on with: it has what is still missing. */
export function isRestoration({ kind, step }: Journal): boolean {
  return kind === "create" && Object.values<string>(restorationSteps).includes(step);
}

/** Whether a creation was begun around a workspace that was there before: it says nothing of how far that got, and is not to be removed. */
export function isBesideFiles({ kind, step }: Journal): boolean {
  return kind === "create" && step === restorationSteps.besideFiles;
}
