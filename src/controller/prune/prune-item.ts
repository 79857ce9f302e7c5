import { treeSize } from "../../workspace/tree-size.ts";
import type { PlanStep } from "../reconcile/plan.ts";
import type { TrashEntry } from "../trash/entry.ts";
import type { GarbageImage } from "./prune-images.ts";

/** Something that nobody needs. */
export interface PruneItem {
  kind: "container" | "network" | "volume" | "image" | "trash" | "file";
  /** As the engine or the file system calls it. */
  name: string;
  /** One clause: why nobody needs it. */
  cause: string;
  /** What it takes on disk; null where it is not known, and for what takes next to nothing. */
  sizeBytes: number | null;
  removal: Removal;
}

/** What removing it needs. */
export type Removal =
  | { by: "step"; step: PlanStep }
  | { by: "image"; image: GarbageImage }
  | { by: "trash"; entry: TrashEntry };

/**
 * What a step of reconciliation removes; null for a step that removes nothing.
 * @param volumeSizes in bytes by name.
 */
export async function toStepItem(
  step: PlanStep,
  volumeSizes: Readonly<Record<string, number>>,
): Promise<PruneItem | null> {
  const { cause } = step;
  const removal: Removal = { by: "step", step };
  switch (step.action) {
    case "remove-container":
      return { kind: "container", name: nameIn(step), cause, sizeBytes: null, removal };
    case "remove-network":
      return { kind: "network", name: nameIn(step), cause, sizeBytes: null, removal };
    case "remove-volume":
      return { kind: "volume", name: step.volume, cause, sizeBytes: volumeSizes[step.volume] ?? null, removal };
    case "remove-files": {
      const { path } = step.file;
      return { kind: "file", name: path, cause, sizeBytes: await treeSize(path), removal };
    }
    default:
      return null;
  }
}

/** A subject is "container cilo-shop-login-web-1". */
function nameIn({ subject }: Pick<PlanStep, "subject">): string {
  return subject.slice(subject.indexOf(" ") + 1);
}

/** An image to be removed. */
export function toImageItem(image: GarbageImage): PruneItem {
  const { reference, cause, sizeBytes } = image;
  return { kind: "image", name: reference, cause, sizeBytes, removal: { by: "image", image } };
}

/** An entry of the trash to be removed. */
export async function toTrashItem(entry: TrashEntry, cause: string): Promise<PruneItem> {
  const { name, path } = entry;
  return { kind: "trash", name, cause, sizeBytes: await treeSize(path), removal: { by: "trash", entry } };
}
