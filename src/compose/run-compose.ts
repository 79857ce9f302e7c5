import { CiloError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";

/**
 * Runs `docker compose` with these arguments and does not throw when it fails. PWD of the child must equal `cwd`, as ${PWD} in a
 * Compose file is read from the environment.
 */
export type RunCompose = (
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal; timeoutMs?: number },
) => Promise<ExecResult>;

/** Which files a call reads, and under which name of a Compose project. */
export interface ComposeSelection {
  composeProject: string;
  /** Absolute; the first one's directory is where Compose looks for `.env` and what relative paths start from. */
  files: readonly string[];
  /** Env files instead of that `.env`; the last one that sets a variable wins. Empty: Compose's own rule. */
  envFiles?: readonly string[];
  /** `*` stands for all of them. Empty: COMPOSE_PROFILES decides. */
  profiles: readonly string[];
}

/** The arguments that come before the Compose command. */
export function toComposeArgs(selection: ComposeSelection): string[] {
  return [
    "--project-name",
    selection.composeProject,
    ...(selection.envFiles ?? []).flatMap((file) => ["--env-file", file]),
    ...selection.profiles.flatMap((profile) => ["--profile", profile]),
    ...selection.files.flatMap((file) => ["--file", file]),
  ];
}

/**
 * Throws when a run was cut short: what it printed then says nothing about the project.
 * @throws CILO_INTERRUPTED, CILO_COMPOSE_FAILED
 */
export function assertFinished(result: ExecResult, timeoutMs: number): void {
  if (result.aborted) throw new CiloError("CILO_INTERRUPTED", "docker compose config was interrupted");
  if (result.timedOut) {
    throw new CiloError("CILO_COMPOSE_FAILED", `docker compose config did not end within ${timeoutMs / 1000} s`, {
      hint: 'run "docker compose config" in the project to see what it waits for (an include from a remote repository, a named pipe, YAML aliases that stand for very much?)',
    });
  }
}
