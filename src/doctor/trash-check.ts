import { formatSize } from "../base/format-size.ts";
import type { TrashEntry } from "../controller/trash/entry.ts";
import { trashLimitsOf } from "../controller/trash/limits.ts";
import { findExpired, listTrash, type TrashLimits } from "../controller/trash/list-trash.ts";
import { type Check, type Finding, found } from "./check.ts";

/** What destroyed environments left to be brought back is within its limits. */
export const trashCheck: Check = {
  name: "trash",
  async run({ context, settings }) {
    const limits = trashLimitsOf((await settings()).trash);
    return judgeTrash(await listTrash(context.paths), context.clock.now(), limits);
  },
};

/** Says what there is, and what `cilo prune` would remove of it. */
export function judgeTrash(entries: readonly TrashEntry[], now: Date, limits: TrashLimits): Finding[] {
  const whole = entries.filter(({ record }) => record !== null);
  const sizeBytes = whole.reduce((sum, { record }) => sum + (record?.sizeBytes ?? 0), 0);
  const most = `of ${formatSize(limits.maxSizeBytes)}`;
  const summary =
    whole.length === 0
      ? "nothing is in the trash"
      : `${count(whole.length, "destroyed environment")} can be brought back, ${formatSize(sizeBytes)} ${most}`;
  const expired = findExpired(entries, now, limits);
  if (expired.length === 0) return [found("ok", summary)];
  const isOver = sizeBytes > limits.maxSizeBytes;
  const why = isOver
    ? "too old, or more than there is room for"
    : `older than ${count(limits.keepDays, "day")}, or never finished`;
  return [
    found("info", `${summary}; ${expired.length} in the trash ${expired.length === 1 ? "is" : "are"} ${why}`, {
      command: "cilo prune --yes",
    }),
  ];
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
