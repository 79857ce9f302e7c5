import type { RunningOperation } from "../../state/operation.ts";
import { removeLeftArchives } from "./survey-volumes.ts";

type Options = Parameters<typeof removeLeftArchives>[0] & { operation: Pick<RunningOperation, "interrupted"> };

/**
 * Removes what a destruction or a restoration that was killed read or wrote volumes through, in an operation that takes
 * over from it: once the journal tells of another one, nobody looks for that until the environment is destroyed.
 */
export async function takeOverArchives({ operation: { interrupted }, ...options }: Options): Promise<void> {
  if (interrupted?.kind === "destroy" || interrupted?.kind === "create") await removeLeftArchives(options);
}
