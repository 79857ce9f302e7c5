import { readdir } from "node:fs/promises";
import { type BytePath, childOf, toBuffer } from "./byte-path.ts";
import type { CopySession } from "./copy-session.ts";
import { copyTree } from "./copy-tree.ts";
import type { FoundPath, GitSurvey } from "./git-survey.ts";
import { ifPresent, isDirectory, readIfPresent } from "./presence.ts";
import { removeTree } from "./remove-tree.ts";
import { changeInside } from "./rewrite-file.ts";

export interface CatchingUp {
  /** Absolute. */
  copyRoot: BytePath;
  session: CopySession;
  survey: GitSurvey;
}

/** Each round follows one repack of the source; more than a few in a row do not happen. */
const maxRounds = 5;

/**
 * Completes a git directory whose source was repacked while it was copied, as `git commit` starts it in the background: git writes the new pack, or packed
 * references, before it removes what they replace, so whatever was gone before it could be copied is in them.
 */
export async function catchUpObjects(directory: FoundPath, job: CatchingUp): Promise<void> {
  await copyNewerPackedRefs(directory, job);
  const packs = "objects/pack";
  for (let round = 0; round < maxRounds; round++) {
    const missing = await listMissing(
      childOf(directory.source, packs),
      childOf(job.copyRoot, childOf(directory.path, packs)),
    );
    if (missing.length === 0) return;
    for (const name of missing) {
      await copyInto(
        childOf(childOf(directory.source, packs), name),
        childOf(childOf(directory.path, packs), name),
        job,
      );
    }
  }
}

async function copyNewerPackedRefs(directory: FoundPath, job: CatchingUp): Promise<void> {
  const source = childOf(directory.source, "packed-refs");
  const place = childOf(directory.path, "packed-refs");
  const [now, copied] = [await readIfPresent(source), await readIfPresent(childOf(job.copyRoot, place))];
  if (now === null || copied?.equals(now)) return;
  await copyInto(source, place, job);
}

async function copyInto(source: BytePath, at: BytePath, job: CatchingUp): Promise<void> {
  const { copyRoot, session, survey } = job;
  await changeInside(childOf(copyRoot, at), async (path) => {
    await removeTree(path);
    await copyTree({ source, copyRoot, at, session, visitor: survey });
  });
}

async function listMissing(source: BytePath, copy: BytePath): Promise<BytePath[]> {
  if (!(await isDirectory(copy))) return [];
  const copied = new Set(await readdir(toBuffer(copy), "latin1"));
  const names = ((await ifPresent(readdir(toBuffer(source), "latin1"))) ?? []) as BytePath[];
  return names.filter((name) => /\.(pack|idx|rev|mtimes|promisor|keep)$/.test(name) && !copied.has(name));
}
