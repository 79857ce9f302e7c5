import type { PruneOutcome, PrunePlan } from "../../controller/prune.ts";
import type { PruneItem } from "../../controller/prune-item.ts";
import { toLine } from "./line.ts";
import { renderSize } from "./size.ts";
import { renderTable } from "./table.ts";

/** What could be removed, and how. */
export function renderPrunePlan({ items }: Pick<PrunePlan, "items">): string {
  if (items.length === 0) return "nothing to remove\n";
  return `${renderItems(items)}${summarize(items)}; "cilo prune --yes" removes ${items.length === 1 ? "it" : "them"}\n`;
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
    sizeBytes === null ? "" : renderSize(sizeBytes),
    toLine(cause),
  ]);
  return renderTable([["WHAT", "NAME", "SIZE", "WHY"], ...rows]);
}

/** Of an image's id, as many digits as Docker shows. */
function shorten(kind: PruneItem["kind"], name: string): string {
  return kind === "image" && name.startsWith("sha256:") ? name.slice(0, "sha256:".length + 12) : name;
}

/** "1 image, 2 volumes, 12.3 MiB" */
function summarize(items: readonly PruneItem[]): string {
  const kinds = [...Map.groupBy(items, ({ kind }) => kind)];
  const counts = kinds.map(([kind, group]) => `${group.length} ${nameOf(kind, group.length)}`);
  const sizeBytes = items.reduce((sum, item) => sum + (item.sizeBytes ?? 0), 0);
  return [...counts, ...(sizeBytes === 0 ? [] : [renderSize(sizeBytes)])].join(", ");
}

function nameOf(kind: PruneItem["kind"], count: number): string {
  if (kind === "trash") return count === 1 ? "entry of the trash" : "entries of the trash";
  return count === 1 ? kind : `${kind}s`;
}
