import { readdir } from "node:fs/promises";
import { hasErrorCode } from "../../src/base/errors.ts";

/** What processes hold or write for a moment only: locks, but the one that the DNS server lives with, half-written files, copies under way. */
const passing = [/^locks\/(?!daemon$)[^/]+$/, /\.tmp$/, /^envs\/[^/]+\/\.[^/]+\.copy$/];

/**
 * Looks for what should be in no installation while no process is at work in it.
 * @param home CILO_HOME.
 * @returns paths in it, sorted; what workspaces hold is the user's and is not looked at.
 */
export async function listHomeLeftovers(home: string): Promise<string[]> {
  const folders = [
    "",
    "locks",
    "run",
    "envs",
    "generated",
    ...(await list(home, "envs")),
    ...(await list(home, "generated")),
  ];
  const paths = (await Promise.all(folders.map((folder) => list(home, folder)))).flat();
  return [...new Set(paths)].filter((path) => passing.some((pattern) => pattern.test(path))).sort();
}

async function list(home: string, folder: string): Promise<string[]> {
  try {
    return (await readdir(`${home}/${folder}`)).map((name) => (folder === "" ? name : `${folder}/${name}`));
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
