import { formatSize } from "../../base/format-size.ts";
import { toText } from "../../workspace/byte-path.ts";
import type { WorkSurvey } from "../../workspace/work/survey-work.ts";
import type { LeftOut, TrashRecord } from "./entry.ts";
import type { VolumeSurvey } from "./survey-volumes.ts";

/** What an environment has that would be lost with it. */
export interface Belongings {
  /** Null: the workspace is not there, or stays. */
  work: Pick<WorkSurvey, "unsaved" | "left" | "sizeBytes"> | null;
  /** Of the directories that stand in for those beside the copy, in bytes; 0: there are none, or nothing is in them. */
  standInBytes: number;
  volumes: readonly VolumeSurvey[];
}

/** What of it an undo will have. */
export interface UndoPlan {
  work: boolean;
  standIns: boolean;
  /** Names. */
  volumes: string[];
  leftOut: LeftOut[];
}

/**
 * Decides what is saved: the workspace's work before the directories beside it, those before volumes, and of volumes as many as there is room for, the smallest first.
 */
export function planUndo(belongings: Belongings, maxSizeBytes: number): UndoPlan {
  const { work, standInBytes, volumes } = belongings;
  const plan: UndoPlan = { work: false, standIns: false, volumes: [], leftOut: [] };
  let roomBytes = maxSizeBytes;
  const take = (what: string, sizeBytes: number, isLarger = false): boolean => {
    const fits = !isLarger && sizeBytes <= roomBytes;
    if (fits) roomBytes -= sizeBytes;
    else plan.leftOut.push({ what, why: tooLarge(sizeBytes, isLarger, maxSizeBytes) });
    return fits;
  };
  if (work !== null) plan.work = take("the workspace's own work", work.sizeBytes);
  if (standInBytes > 0) plan.standIns = take("directories beside the workspace", standInBytes);
  const bySize = volumes.toSorted((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0));
  for (const { name, sizeBytes, isLarger, obstacle } of bySize) {
    if (obstacle !== null) plan.leftOut.push({ what: `volume ${name}`, why: obstacle });
    else if (take(`volume ${name}`, sizeBytes ?? 0, isLarger)) plan.volumes.push(name);
  }
  return plan;
}

function tooLarge(sizeBytes: number, isLarger: boolean, maxSizeBytes: number): string {
  const size = `${isLarger ? "more than " : ""}${formatSize(sizeBytes)}`;
  return `it has ${size}, and there is room for ${formatSize(maxSizeBytes)} in all (trash.max_size_mb)`;
}

/**
 * What protects an environment from being destroyed without a word: work that is nowhere else, and data.
 * @returns a line each; none when nothing does
 */
export function describeProtected({ work, standInBytes, volumes }: Belongings): string[] {
  const lines = (work?.unsaved ?? []).flatMap(({ path, uncommitted, commits }) => {
    const where = path === "" ? "" : ` in ${path}`;
    return [
      ...describeMany(uncommitted, `uncommitted file${uncommitted.count === 1 ? "" : "s"}${where}`, ", "),
      ...describeMany(commits, `commit${commits.count === 1 ? "" : "s"}${where} that nothing else has`, "; "),
    ];
  });
  const unreadable = (work?.left ?? []).filter(({ why }) => why === "unreadable").map(({ path }) => toText(path));
  if (unreadable.length > 0) lines.push(`what this user may not read: ${unreadable.slice(0, 3).join(", ")}`);
  if (standInBytes > 0) lines.push(`${formatSize(standInBytes)} in directories beside the workspace`);
  for (const { name, sizeBytes, isLarger, isElsewhere } of volumes) {
    if (isElsewhere) continue;
    const size = sizeBytes === null ? "" : ` (${isLarger ? "more than " : ""}${formatSize(sizeBytes)})`;
    lines.push(`volume ${name} with data${size}`);
  }
  return lines;
}

function describeMany(
  { count, examples }: { count: number; examples: readonly string[] },
  what: string,
  separator: string,
): string[] {
  if (count === 0) return [];
  const more = count > examples.length ? `${separator}…` : "";
  return [`${count} ${what}: ${examples.join(separator)}${more}`];
}

/** What an entry does not have, for whoever restores it, a line each. */
export function describeNotSaved({ leftOut, work }: Pick<TrashRecord, "leftOut" | "work">): string[] {
  const parts = (work?.left ?? []).map(({ path, why }) => {
    const cause = why === "ignored" ? "git ignores it, and it was large" : "this user could not read it";
    return `${toText(path)} was not saved: ${cause}; it is as the source has it, or not there`;
  });
  return [...leftOut.map(({ what, why }) => `${what} was not saved: ${why}`), ...parts];
}
