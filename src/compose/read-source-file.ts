import { readUserFile } from "../base/read-user-file.ts";

/**
 * Reads a file of the user's project; null when it cannot be read here, for whatever reason: that keeps Compose from reading it as well, and Compose
 * says so, or it was refused before (`requireReadableSources`).
 */
export async function readSourceFile(path: string): Promise<string | null> {
  const reading = await readUserFile(path);
  return reading.kind === "text" ? reading.text : null;
}
