import type { BytePath } from "../byte-path.ts";

/** A git directory as it was saved: its own files, and as a bundle the objects that the source does not have. */
export interface SavedRepository {
  /** Where it is in the workspace, relative to its root: "app/.git". */
  place: BytePath;
  /** Where it was put, relative to the saved work: "git/0". */
  directory: string;
  /** Whether there is a bundle: the source lacked something. */
  hasBundle: boolean;
  /** Ids of the commits and other objects that it held on to and had: they must be there once it is back. */
  tips: string[];
}

/** Something that is not saved: what git ignores and is large, such as what a build made, or what this user may not read. */
export interface UnsavedPart {
  why: "ignored" | "unreadable";
  /** Relative to the workspace's root. */
  path: BytePath;
  files: number;
  sizeBytes: number;
}

/**
 * Says what was saved of a workspace, beside it in the same directory: all that is not in the source. Paths of the workspace are byte paths, so that every name comes back as it
 * was.
 */
export interface SavedWork {
  /** Where the workspace was, absolute. */
  root: BytePath;
  /** The copied directory, absolute; null: it could not be had, and everything was saved. */
  sourceRoot: string | null;
  repositories: SavedRepository[];
  /** What stays as the source has it. */
  left: UnsavedPart[];
}

/** Names in the directory of saved work. */
export const workNames = {
  /** Files and directories of the workspace that the source does not have like that. */
  files: "files",
  /** What the rest was in the source, a line each. */
  stamps: "source.jsonl",
  /** In a repository's directory. */
  gitFiles: "files",
  bundle: "work.bundle",
} as const;
