import { CiloError } from "../base/errors.ts";
import { type ExecResult, exec } from "../base/exec.ts";
import { type BytePath, toExactText, toText } from "./byte-path.ts";

const timeoutMs = 60_000;

/**
 * The environment git is run with: variables such as GIT_DIR and GIT_INDEX_FILE would make it work on another repository than the one meant,
 * and without optional locks it writes nothing where it only reads.
 */
export function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
}

/**
 * Makes sure that git can be run.
 * @throws CILO_GIT_FAILED
 */
export async function requireGit(signal?: AbortSignal): Promise<void> {
  const result = await runGit(["version"], signal);
  if (result.exitCode !== 0) throw toGitFailure("cannot run git", result);
}

/**
 * Reads one variable of a configuration file, includes not followed.
 * @returns its last value, null when it has none
 * @throws CILO_GIT_FAILED
 */
export async function readGitConfig(file: BytePath, name: string, signal?: AbortSignal): Promise<string | null> {
  const result = await runGit(["config", "--file", toGitPath(file), "--null", "--get", name], signal);
  // git-config(1): 1 when the variable is not there.
  if (result.exitCode === 1) return null;
  if (result.exitCode !== 0) throw toGitFailure(`cannot read ${name} in ${toText(file)}`, result);
  return result.stdout.replace(/\0$/, "");
}

/**
 * Sets one variable of a configuration file, or takes it away.
 * @param value null: not set any more
 * @throws CILO_GIT_FAILED
 */
export async function writeGitConfig(
  file: BytePath,
  setting: { name: string; value: string | null },
  signal?: AbortSignal,
): Promise<void> {
  const change =
    setting.value === null ? ["--unset-all", setting.name] : ["--replace-all", setting.name, setting.value];
  const result = await runGit(["config", "--file", toGitPath(file), ...change], signal);
  if (result.exitCode !== 0) throw toGitFailure(`cannot set ${setting.name} in ${toText(file)}`, result);
}

async function runGit(args: readonly string[], signal: AbortSignal | undefined): Promise<ExecResult> {
  const result = await exec("git", args, { env: gitEnvironment(process.env), timeoutMs, signal });
  signal?.throwIfAborted();
  return result;
}

/**
 * Arguments are text, so git cannot be pointed at a path that is not.
 * @throws CILO_GIT_FAILED
 */
export function toGitPath(path: BytePath): string {
  const text = toExactText(path);
  if (text !== null) return text;
  throw new CiloError("CILO_GIT_FAILED", `cannot run git on ${toText(path)}: the path is not valid UTF-8`, {
    hint: "rename the directory to valid UTF-8, then run the same command again",
  });
}

/** Says why git failed at something: CILO_DISK_FULL where that was it, else CILO_GIT_FAILED. */
export function toGitFailure(what: string, result: ExecResult): CiloError {
  if (result.startFailure !== null) {
    return new CiloError("CILO_GIT_FAILED", `${what}: the program git cannot be started (${result.startFailure})`, {
      hint: 'install git, on Debian and Ubuntu "sudo apt-get install git", on macOS "xcode-select --install"',
    });
  }
  // git(1) says it in the words of strerror(3), which LC_ALL keeps in English.
  const full = /^.*(?:No space left on device|Disk quota exceeded).*$/m.exec(result.stderr)?.[0];
  if (full !== undefined) {
    return new CiloError("CILO_DISK_FULL", `${what}: ${full}`, {
      hint: 'free some space, "cilo list" shows which environments could go, then run the same command again',
    });
  }
  const reason = result.timedOut ? `no answer within ${timeoutMs / 1000} s` : result.stderr.trim();
  return new CiloError("CILO_GIT_FAILED", `${what}: ${reason || `git ended with ${result.exitCode ?? result.signal}`}`);
}
