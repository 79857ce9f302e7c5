import { dirname } from "node:path";
import { shellQuote } from "./shell-quote.ts";

/** One thing to do to a machine, with the way back. */
export interface SetupStep {
  /** Imperative, without a full stop. */
  title: string;
  /** The file to install, if any. */
  file: {
    /** Its name in resolver-setup. */
    from: string;
    /** Absolute path. */
    to: string;
    /** What is to be in it: the template with this machine's values. */
    content: string;
  } | null;
  /** For a POSIX shell, to be copied as they are, in this order; they write the file too. One may have several lines. */
  commands: string[];
  undo: string[];
}

/**
 * Writes a file that belongs to the system, readable for all whatever the umask: the resolver runs as a user of its own.
 */
export function installAsRoot(path: string, content: string): string[] {
  return [
    `sudo install -d -m 755 ${shellQuote(dirname(path))}`,
    `sudo tee ${shellQuote(path)} >/dev/null ${hereDocument(content)}`,
    `sudo chmod 644 ${shellQuote(path)}`,
  ];
}

/** Writes a file in the user's own home. */
export function installAsUser(path: string, content: string): string[] {
  return [`mkdir -p ${shellQuote(dirname(path))}`, `cat >${shellQuote(path)} ${hereDocument(content)}`];
}

/** Quoted, so that the shell expands nothing in it. */
function hereDocument(content: string): string {
  return `<<'END_OF_FILE'\n${content}END_OF_FILE`;
}
