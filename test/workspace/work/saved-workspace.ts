import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toBytePath } from "../../../src/workspace/byte-path.ts";
import { copyWorkspace } from "../../../src/workspace/copy.ts";
import { planCopy } from "../../../src/workspace/plan.ts";
import { removeWorkspace } from "../../../src/workspace/remove.ts";
import { restoreWork } from "../../../src/workspace/work/restore-work.ts";
import { saveWork } from "../../../src/workspace/work/save-work.ts";
import type { SavedWork } from "../../../src/workspace/work/saved-work.ts";
import { surveyWork, type WorkSurveyDetails } from "../../../src/workspace/work/survey-work.ts";
import { describeRepository, git, type Sandbox } from "../sandbox.ts";
import { listTree, type TreeListing } from "../tree-listing.ts";

/** A workspace's work, saved outside of it. */
export interface SavedWorkspace {
  from: string;
  saved: SavedWork;
}

export async function survey(workspace: string, source: string): Promise<WorkSurveyDetails> {
  const found = await surveyWork({ workspace, source });
  assert.ok(found);
  return found;
}

/** Saves a workspace's work as `destroy` does, and removes the workspace. */
export async function saveAndRemove(sandbox: Sandbox, workspace: string, source: string): Promise<SavedWorkspace> {
  const from = join(sandbox.root, "trash");
  await mkdir(from);
  const saved = await saveWork(await survey(workspace, source), { to: from });
  await removeWorkspace({ path: workspace, within: sandbox.home });
  return { from, saved };
}

/** Brings it back as `restore` does. @returns what is missing. */
export async function bringBack(
  sandbox: Sandbox,
  { from, saved }: SavedWorkspace,
  workspace: string,
): Promise<string[]> {
  let missing: string[] = [];
  const change = async (staging: Parameters<typeof restoreWork>[0]["target"]) => {
    ({ missing } = await restoreWork({ from, saved, target: staging, destination: workspace }));
  };
  if (saved.sourceRoot === null) {
    await mkdir(workspace, { recursive: true });
    await change(toBytePath(workspace));
  } else {
    const plan = await planCopy({ source: saved.sourceRoot, home: sandbox.home, onlyDirectory: true });
    await copyWorkspace({ plan, destination: workspace, beforeCommit: change });
  }
  return missing;
}

/** Everything that people see of a workspace: its files, and what git says of its repositories. */
export async function describeWorkspace(
  workspace: string,
  repositories: readonly string[],
): Promise<{ files: TreeListing; git: Record<string, Record<string, string>> }> {
  const listing = await listTree(workspace);
  const files = Object.fromEntries(Object.entries(listing).filter(([path]) => !/(^|\/)\.git(\/|$)/.test(path)));
  const described: Record<string, Record<string, string>> = {};
  for (const path of repositories) {
    const at = join(workspace, path);
    described[path] = {
      ...(await describeRepository(at)),
      log: await git(at, "log", "--all", "--format=%H %s"),
      index: await git(at, "ls-files", "--stage", "--debug").then((text) => text.replace(/^ {2}.*$/gm, "")),
      reflog: await git(at, "reflog", "show", "--all", "--format=%H %gD"),
      config: await git(at, "config", "--local", "--list"),
      fsck: await git(at, "fsck", "--no-dangling", "--no-progress"),
    };
  }
  return { files, git: described };
}
