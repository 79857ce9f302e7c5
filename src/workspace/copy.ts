import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { CiloError, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { type BytePath, childOf, emptyPath, pathInside, toBytePath, toText } from "./byte-path.ts";
import { toCopyFailure } from "./copy-failure.ts";
import { type CopySession, createCopySession } from "./copy-session.ts";
import { copyTree } from "./copy-tree.ts";
import { detachRepositories } from "./detach-repositories.ts";
import { readGitPointer } from "./git-directory.ts";
import { createGitSurvey } from "./git-survey.ts";
import type { CopyPlan } from "./plan.ts";
import { resolveExistingLinks } from "./presence.ts";
import { prepareStaging, type Staging } from "./staging.ts";

export interface CopyReport {
  files: number;
  directories: number;
  symlinks: number;
  /** Length of all files; other names of the same file add nothing, blocks shared with the source are counted. */
  bytes: number;
  /** Sockets, FIFOs, devices, and what vanished while it was copied; paths are relative to the copied directory. */
  skipped: { path: string; reason: string }[];
  /** "reflink" when all files share their blocks with the source until one side changes them. */
  method: "reflink" | "copy";
}

/**
 * Copies what a plan says, faithfully, to a directory that must not exist. The copy is made beside it and renamed, so that `destination` is there whole or
 * not at all; directories above it are made with mode 0700. Repositories in the copy are independent of the source's.
 * @param options.destination absolute
 * @param options.onProgress called now and then, and once at the end
 * @param options.beforeCommit changes the copy before it gets its name; a throw leaves nothing of it
 * @throws CILO_COPY_FAILED, CILO_DISK_FULL, CILO_GIT_FAILED, CILO_INTERRUPTED when `signal` is aborted; nothing is left then
 */
export async function copyWorkspace(options: {
  plan: CopyPlan;
  destination: string;
  signal?: AbortSignal;
  onProgress?(progress: { files: number; bytes: number }): void;
  beforeCommit?(copyRoot: BytePath): Promise<void>;
}): Promise<CopyReport> {
  const session = createCopySession({ ...options, now: systemClock.monotonicMs });
  const root = toBytePath(options.plan.root);
  const destination = resolve(options.destination);
  try {
    options.signal?.throwIfAborted();
    await refuseInside(root, destination);
    const staging = await prepareStaging(destination);
    const { beforeCommit } = options;
    await fill(staging, { root, destination: toBytePath(destination), session, beforeCommit });
  } catch (error) {
    throw toCopyFailure(error, options.plan.root, options.signal);
  }
  options.onProgress?.({ files: session.tally.files, bytes: session.tally.bytes });
  return toReport(session);
}

async function fill(
  staging: Staging,
  copy: {
    root: BytePath;
    destination: BytePath;
    session: CopySession;
    beforeCommit: ((copyRoot: BytePath) => Promise<void>) | undefined;
  },
): Promise<void> {
  const { root, destination, session, beforeCommit } = copy;
  try {
    const survey = createGitSurvey(root, await findSeparateGitDirectory(root));
    await copyTree({ source: root, copyRoot: staging.path, at: emptyPath, session, visitor: survey });
    faultPoint("copy.tree-copied");
    await detachRepositories({ root, copyRoot: staging.path, destination, session, survey });
    faultPoint("copy.repositories-detached");
    await beforeCommit?.(staging.path);
    session.signal?.throwIfAborted();
    await staging.commit();
  } catch (error) {
    await discard(staging, toCopyFailure(error, toText(root), session.signal));
  }
}

async function discard(staging: Staging, failure: CiloError): Promise<never> {
  try {
    await staging.discard();
  } catch (error) {
    throw new CiloError(failure.code, `${failure.message}; what was copied could not be removed: ${messageOf(error)}`, {
      hint: `remove it, "rm -rf '${toText(staging.path)}'"`,
      details: failure.details,
      cause: failure,
    });
  }
  throw failure;
}

/** A `.git` file at the top may lead to a git directory in the tree under another name, such as `.bare`. */
async function findSeparateGitDirectory(root: BytePath): Promise<BytePath | null> {
  const pointer = await readGitPointer(childOf(root, ".git"));
  return pointer === null ? null : pathInside(root, pointer.gitDirectory);
}

async function refuseInside(root: BytePath, destination: string): Promise<void> {
  if (pathInside(root, await resolveExistingLinks(toBytePath(destination))) === null) return;
  throw new CiloError("CILO_COPY_FAILED", `cannot copy ${toText(root)} to ${destination}: that is inside it`, {
    hint: "set CILO_HOME to a directory outside of the project",
  });
}

function toReport({ tally }: CopySession): CopyReport {
  const { files, directories, symlinks, bytes, skipped } = tally;
  const isShared = tally.reflinked > 0 && tally.written === 0;
  return { files, directories, symlinks, bytes, skipped, method: isShared ? "reflink" : "copy" };
}
