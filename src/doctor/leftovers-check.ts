import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../base/errors.ts";
import { quotePath } from "../state/file-problems.ts";
import { type Check, type Finding, found } from "./check.ts";
import { findingsOfDifferences } from "./findings-of-differences.ts";
import type { Survey } from "./survey.ts";

/**
 * CILO_HOME holds nothing of environments that are no more, nor what dead processes were about to write; no workspace
 * is missing.
 */
export const leftoversCheck: Check = {
  name: "leftovers",
  async run(survey) {
    await survey.state();
    const differing = findingsOfDifferences(await survey.differences(), "leftovers");
    const kept = await findKeptWorkspaces(survey);
    const well = differing.length === 0 ? [found("ok", "no files are left of environments that are no more")] : [];
    return [...(kept.length === 0 ? well : []), ...differing, ...kept];
  },
};

/** Somebody destroyed their environments with `--keep-workspace`: they are not ours to remove. */
async function findKeptWorkspaces({ context }: Survey): Promise<Finding[]> {
  const { envs } = context.paths;
  const projects = await listIfThere(envs);
  const keys = await Promise.all(
    projects.map(async (project) => (await listIfThere(join(envs, project))).map((name) => `${project}/${name}`)),
  );
  // Read last: an environment is in state before its workspace has its name.
  const { environments } = (await context.store.read()).hosts.local;
  return keys
    .flat()
    .filter((key) => !Object.hasOwn(environments, key))
    .map((key) => reportWorkspace(key, join(envs, key)));
}

function reportWorkspace(key: string, path: string): Finding {
  return found("info", `the workspace of ${key}, which is no more, is still there: ${path}`, {
    hint: "when nothing in it is needed any more:",
    command: `rm -rf ${quotePath(path)}`,
  });
}

/** Names that are those of environments; half a copy's begins with a dot. */
async function listIfThere(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const isNamed = (name: string) => /^[a-z0-9][a-z0-9-]*$/.test(name);
    return entries
      .filter((entry) => entry.isDirectory() && isNamed(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
