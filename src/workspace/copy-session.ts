import type { BytePath } from "./byte-path.ts";
import { toText } from "./byte-path.ts";
import { createHardLinks, type HardLinks } from "./hard-links.ts";

/** What one copy counts, remembers and obeys, over all the trees it is made of. */
export interface CopySession {
  readonly signal: AbortSignal | undefined;
  readonly tally: CopyTally;
  readonly hardLinks: HardLinks;
  /** Devices found unable to share blocks with the workspace's. */
  readonly withoutReflink: Set<bigint>;
  skip(path: BytePath, reason: string): void;
  /** Tells the caller how far the copy is, not more often than every `progressIntervalMs`. */
  showProgress(): void;
}

export interface CopyTally {
  files: number;
  directories: number;
  symlinks: number;
  bytes: number;
  /** Files with content whose blocks are shared with the source, and those that were read and written. */
  reflinked: number;
  written: number;
  skipped: { path: string; reason: string }[];
}

const progressIntervalMs = 50;

/** @param now milliseconds that never jump back */
export function createCopySession(options: {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: { files: number; bytes: number }) => void) | undefined;
  now(): number;
}): CopySession {
  const tally: CopyTally = {
    files: 0,
    directories: 0,
    symlinks: 0,
    bytes: 0,
    reflinked: 0,
    written: 0,
    skipped: [],
  };
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    signal: options.signal,
    tally,
    hardLinks: createHardLinks(),
    withoutReflink: new Set(),
    skip: (path, reason) => tally.skipped.push({ path: toText(path), reason }),
    showProgress() {
      if (!options.onProgress || options.now() - shownAt < progressIntervalMs) return;
      shownAt = options.now();
      options.onProgress({ files: tally.files, bytes: tally.bytes });
    },
  };
}
