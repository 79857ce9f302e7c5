import { systemClock } from "../base/clock.ts";
import { emptyPath, toBytePath } from "./byte-path.ts";
import { createCopySession } from "./copy-session.ts";
import { copyTree, type TreeVisitor } from "./copy-tree.ts";

/**
 * Copies a directory as it is to a place where nothing is; both absolute. The directory that it goes to must be there.
 * @throws CILO_COPY_FAILED, CILO_DISK_FULL, CILO_INTERRUPTED; a part may be there then
 */
export async function copyDirectory(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const session = createCopySession({ signal, now: systemClock.monotonicMs });
  const visitor: TreeVisitor = { select: async (_, names) => names, onSymlink() {} };
  await copyTree({ source: toBytePath(from), copyRoot: toBytePath(to), at: emptyPath, session, visitor });
}
