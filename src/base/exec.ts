import type { Writable } from "node:stream";
import type { Options } from "execa";
import { forwardSignals } from "./forward-signals.ts";
import { findStartFailure, holdDescriptor, letGo, toHeldCommand } from "./held-child.ts";

export interface ExecOptions {
  cwd?: string;
  /** Replaces the whole environment; default is this process's. PWD is always set to `cwd`. */
  env?: NodeJS.ProcessEnv;
  /** The child is ended after this many milliseconds: SIGTERM, then SIGKILL 5 s later. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  input?: string;
  /** What is kept of stdout and of stderr, in bytes; more is cut from the end. */
  maxOutputBytes?: number;
  /** Called with each complete line of stderr and stdout as it comes. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /**
   * Called once the child has its pid and before it begins its work, which it does when this has returned. When it
   * throws, and when this process dies before, the child ends without having done anything.
   */
  onStart?: (pid: number) => void | Promise<void>;
  /** The child gets this process's stdin, stdout and stderr, and the signals that ask this process to end. */
  inherit?: boolean;
  /** With `inherit`: the child ends at SIGINT however many it gets, so that none needs to be kept from it. */
  repeatInterrupt?: boolean;
}

export interface ExecResult {
  /** Null when a signal ended the child or it never started. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  aborted: boolean;
  /** Node's code when the program could not be started ("ENOENT"), else null. */
  startFailure: string | null;
}

const defaultMaxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a program with an argument list, which no shell ever reads. Does not throw when the program fails: the result
 * says how.
 */
export async function exec(file: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  // Loaded late: commands that run no program do not pay for it.
  const { execa } = await import("execa");
  const env = toChildEnvironment(options);
  const held = options.onStart ? await toHeldCommand(file, args, env) : null;
  const command = held ?? { file, args: [...args], env };
  const child = execa(command.file, command.args, toExecaOptions(options, command.env, held !== null));
  using _forwarding = options.inherit && child.pid !== undefined ? forwardSignals(child.pid, options) : null;
  if (options.onLine) {
    const { onLine } = options;
    followLines(child.stdout, (line) => onLine(line, "stdout"));
    followLines(child.stderr, (line) => onLine(line, "stderr"));
  }
  try {
    if (child.pid !== undefined) await options.onStart?.(child.pid);
  } catch (error) {
    // Whoever could not take note of the child will not look after it either.
    child.kill();
    await child;
    throw error;
  }
  if (held !== null) letGo(child.stdio[holdDescriptor] as Writable | null | undefined, held.permission);
  const result = await child;
  const { exitCode = null, signal = null } = result;
  const missing = held === null ? null : await findStartFailure(file, exitCode, env);
  return {
    exitCode: missing === null ? exitCode : null,
    signal,
    stdout: typeof result.stdout === "string" ? result.stdout : "",
    stderr: typeof result.stderr === "string" ? result.stderr : "",
    timedOut: result.timedOut,
    aborted: result.isCanceled,
    startFailure: exitCode === null && signal === null && result.code ? result.code : missing,
  };
}

function toChildEnvironment({ cwd, env = process.env }: ExecOptions): NodeJS.ProcessEnv {
  // A child's ${PWD} comes from the environment, and spawn's cwd leaves it as it was.
  return cwd === undefined ? { ...env } : { ...env, PWD: cwd };
}

function toExecaOptions(options: ExecOptions, env: NodeJS.ProcessEnv, isHeld: boolean): Options & { reject: false } {
  const stdin = options.inherit ? "inherit" : options.input === undefined ? "ignore" : "pipe";
  const output = options.inherit ? "inherit" : "pipe";
  return {
    reject: false,
    extendEnv: false,
    env: env as Record<string, string>,
    stdio: isHeld ? [stdin, output, output, "pipe"] : [stdin, output, output],
    forceKillAfterDelay: 5_000,
    maxBuffer: options.maxOutputBytes ?? defaultMaxOutputBytes,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? {} : { input: options.input }),
  };
}

function followLines(stream: NodeJS.ReadableStream | null | undefined, onLine: (line: string) => void): void {
  if (!stream) return;
  let rest = "";
  stream.on("data", (chunk: Buffer | string) => {
    rest += chunk.toString();
    const lines = rest.split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
