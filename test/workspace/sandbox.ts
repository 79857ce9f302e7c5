import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { type CopyReport, copyWorkspace } from "../../src/workspace/copy.ts";
import { planCopy } from "../../src/workspace/plan.ts";
import { removeWorkspace } from "../../src/workspace/remove.ts";

/** A temporary directory with a place for sources and a CILO_HOME, removed when the test ends. */
export interface Sandbox {
  root: string;
  home: string;
  /** Writes files below the root; a path that ends in "/" is a directory. */
  write(files: Record<string, string>): Promise<void>;
  /** Mounts something on a directory below the root, until the test ends; false where this process may not (root without CAP_SYS_ADMIN). */
  mount(path: string, ...args: string[]): Promise<boolean>;
  /** Copies a source as `cilo create` does, to the workspace of environment `name`. */
  copy(source: string, name: string, options?: { onlyDirectory?: boolean }): Promise<Copied>;
}

export interface Copied {
  /** Root of the workspace. */
  workspace: string;
  /** The project's directory in it. */
  project: string;
  report: CopyReport;
}

export async function createSandbox(t: TestContext): Promise<Sandbox> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cilo-workspace-")));
  const mounts: string[] = [];
  t.after(async () => {
    for (const mount of mounts) await exec("umount", ["--lazy", mount]);
    await removeWorkspace({ path: root, within: dirname(root) });
  });
  const home = join(root, "home");
  return {
    root,
    home,
    async mount(path, ...args) {
      const at = join(root, path);
      await mkdir(at, { recursive: true });
      const result = await exec("mount", [...args, at]);
      if (result.exitCode === 0) mounts.push(at);
      return result.exitCode === 0;
    },
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        const target = join(root, path);
        await mkdir(path.endsWith("/") ? target : dirname(target), { recursive: true });
        if (!path.endsWith("/")) await writeFile(target, content);
      }
    },
    async copy(source, name, options = {}) {
      const plan = await planCopy({ source, home, onlyDirectory: options.onlyDirectory ?? false });
      const workspace = join(home, "envs", "shop", name);
      const report = await copyWorkspace({ plan, destination: workspace });
      return { workspace, project: join(workspace, plan.projectPath), report };
    },
  };
}

const identity = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

/** Tests neither read nor depend on the configuration of who runs them. */
export const gitTestEnvironment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))),
  ...identity,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_OPTIONAL_LOCKS: "0",
  LC_ALL: "C",
};

/** Runs git in a directory, expects it to succeed, and returns stdout without its last line end. Submodules of test repositories are cloned from plain paths. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const result = await exec("git", ["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", ...args], {
    cwd,
    env: gitTestEnvironment,
    timeoutMs: 60_000,
  });
  assert.equal(result.exitCode, 0, `git ${args.join(" ")} in ${cwd}: ${result.stderr}`);
  return result.stdout;
}

/** What git tells about a working tree and its repository, for comparing two of them. */
export async function describeRepository(cwd: string): Promise<Record<string, string>> {
  return {
    head: await git(cwd, "rev-parse", "HEAD"),
    branch: await git(cwd, "rev-parse", "--abbrev-ref", "HEAD"),
    status: await git(cwd, "status", "--porcelain=v2", "--branch", "--untracked-files=all"),
    staged: await git(cwd, "diff", "--cached"),
    unstaged: await git(cwd, "diff"),
    refs: await git(cwd, "for-each-ref"),
    stashes: await git(cwd, "stash", "list"),
    remotes: await git(cwd, "remote", "-v"),
  };
}

/** Does something with the rights of another user; this process has to be root's. */
export async function asUser<T>(uid: number, work: () => Promise<T>): Promise<T> {
  process.seteuid?.(uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
