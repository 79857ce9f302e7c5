import { formatSize } from "../../base/format-size.ts";
import type { PruneOutcome, PrunePlan } from "../../controller/prune/prune.ts";
import type { PruneItem } from "../../controller/prune/prune-item.ts";
import { toLine } from "./line.ts";
import { renderTable } from "./table.ts";

/**
 * What could be removed, and how.
 * @param options.allTrash whether the whole trash was asked for, as it then has to be again.
 */
export function renderPrunePlan({ items }: Pick<PrunePlan, "items">, { allTrash }: { allTrash: boolean }): string {
  if (items.length === 0) return "nothing to remove\n";
  const command = `cilo prune ${allTrash ? "--all-trash " : ""}--yes`;
  return `${renderItems(items)}${summarize(items)}; "${command}" removes ${items.length === 1 ? "it" : "them"}\n`;
}

/** What was removed. */
export function renderPruneOutcome({ removed }: PruneOutcome): string {
  if (removed.length === 0) return "nothing was removed\n";
  return `${renderItems(removed)}removed ${summarize(removed)}\n`;
}

/** An item as `--json` tells it; `removed` is null where nothing was to be removed. */
export function pruneItemToJson(item: PruneItem, removed: boolean | null): Record<string, unknown> {
  const { kind, name, cause, sizeBytes } = item;
  return { kind, name, cause, sizeBytes, removed };
}

function renderItems(items: readonly PruneItem[]): string {
  const rows = items.map(({ kind, name, cause, sizeBytes }) => [
    kind,
    shorten(kind, name),
    sizeBytes === null ? "" : formatSize(sizeBytes),
    toLine(cause),
  ]);
  return renderTable([["WHAT", "NAME", "SIZE", "WHY"], ...rows]);
}

/** Of an image's id, as many digits as Docker shows. */
function shorten(kind: PruneItem["kind"], name: string): string {
  return kind === "image" && name.startsWith("sha256:") ? name.slice(0, "sha256:".length + 12) : name;
}

/** "1 image, 2 volumes, 12 MiB" */
function summarize(items: readonly PruneItem[]): string {
  const kinds = [...Map.groupBy(items, ({ kind }) => kind)];
  const counts = kinds.map(([kind, group]) => `${group.length} ${nameOf(kind, group.length)}`);
  const sizeBytes = items.reduce((sum, item) => sum + (item.sizeBytes ?? 0), 0);
  return [...counts, ...(sizeBytes === 0 ? [] : [formatSize(sizeBytes)])].join(", ");
}

function nameOf(kind: PruneItem["kind"], count: number): string {
  if (kind === "trash") return count === 1 ? "entry of the trash" : "entries of the trash";
  return count === 1 ? kind : `${kind}s`;
}
