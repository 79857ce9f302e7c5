import { readFile } from "node:fs/promises";
import { hasErrorCode } from "./errors.ts";

/** The text of a file; null when there is none. Other failures are thrown as they are. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return null;
    throw error;
  }
}
