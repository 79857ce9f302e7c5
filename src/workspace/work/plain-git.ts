import { exec } from "../../base/exec.ts";
import { type BytePath, toBytePath, toText } from "../byte-path.ts";
import { gitEnvironment, toGitFailure, toGitPath } from "../git-program.ts";

/** Which repository git works on; nothing is looked for. */
export interface GitPlace {
  /** Absolute. */
  gitDirectory: BytePath;
  /** Absolute; null for what needs none. */
  workTree: BytePath | null;
}

export interface PlainGitOptions {
  input?: string;
  signal?: AbortSignal | undefined;
  /** Exit codes that are answers and no failures, besides 0. */
  answers?: readonly number[];
}

/** Bundling a large history is what takes long. */
const timeoutMs = 600_000;
/** Ten million objects are listed in less. */
const maxOutputBytes = 450 * 1024 * 1024;

/**
 * What a repository's configuration could have git start for a command that only reads: hooks, a file system monitor, and a transport for objects that a
 * partial clone lacks. Paths are written in ASCII, other bytes as escapes.
 */
const harmless = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.untrackedCache", "false"],
  ["core.quotePath", "true"],
  ["protocol.allow", "never"],
] as const;

/**
 * Runs a git command that starts no program but git. It must be one that reads neither attributes nor the work tree, unless the
 * configuration is ours: filters and text converters are named there.
 * @returns what it wrote
 * @throws CILO_GIT_FAILED
 */
export async function plainGit(
  { gitDirectory, workTree }: GitPlace,
  args: readonly string[],
  { input, signal, answers = [] }: PlainGitOptions = {},
): Promise<string> {
  // Of a submodule that is not checked out any more, `core.worktree` names a directory that is not there: git refuses to do anything then.
  const top = toGitPath(workTree ?? gitDirectory);
  const place = [`--git-dir=${toGitPath(gitDirectory)}`, `--work-tree=${top}`];
  const settings = harmless.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const result = await exec("git", [...settings, ...place, ...args], {
    env: { ...gitEnvironment(process.env), GIT_NO_REPLACE_OBJECTS: "1", GIT_NO_LAZY_FETCH: "1" },
    timeoutMs,
    maxOutputBytes,
    signal,
    cwd: top,
    ...(input === undefined ? {} : { input }),
  });
  signal?.throwIfAborted();
  if (result.exitCode === 0 || (result.exitCode !== null && answers.includes(result.exitCode))) return result.stdout;
  throw toGitFailure(`cannot run git ${args[0]} in ${toText(gitDirectory)}`, result);
}

/** The lines of an output, without their ends. */
export function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}

/** Escapes in a path that git quotes as C does. */
const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The same in the other direction: what git reads as this path, whatever bytes are in it. */
export function quotePath(path: BytePath): string {
  const toEscape = (byte: string) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`;
  return `"${path.replace(/[^ !#-[\]-~]/g, toEscape)}"`;
}

/** A path as git writes it, quoted where it has unusual bytes. */
export function unquotePath(text: string): BytePath {
  if (!text.startsWith('"')) return toBytePath(text);
  return text.slice(1, -1).replace(/\\([0-7]{3}|.)/g, (_, code: string) => {
    return /^[0-7]{3}$/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code);
  }) as BytePath;
}
