import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { StormCommand } from "./storm-plan.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));

/** What became of a command. Times are milliseconds since the storm began. */
export interface StormRun {
  command: StormCommand;
  /** Null when a signal ended it. */
  exitCode: number | null;
  startedAtMs: number;
  endedAtMs: number;
  /** Whether it was given up after the time limit: nothing takes so long. */
  isStuck: boolean;
  stderr: string;
}

export interface RunningOptions {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Commands in flight at most. */
  atOnce: number;
  /** After that, a command is stuck. */
  commandTimeoutMs: number;
  signal: AbortSignal;
}

/**
 * Runs commands in their order, so many at once, each beginning when another ends.
 * @returns in the order of the commands.
 */
export async function runCommands(commands: readonly StormCommand[], options: RunningOptions): Promise<StormRun[]> {
  const began = performance.now();
  const runs: StormRun[] = [];
  const waiting = commands.entries();
  await Promise.all(
    Array.from({ length: options.atOnce }, async () => {
      // One iterator for all: each takes the next command that nobody has taken.
      for (const [index, command] of waiting) {
        options.signal.throwIfAborted();
        runs[index] = await runCommand(command, options, began);
      }
    }),
  );
  return runs;
}

function runCommand(command: StormCommand, options: RunningOptions, began: number): Promise<StormRun> {
  const { interruption } = command;
  const startedAtMs = performance.now() - began;
  const child = spawn(process.execPath, [program, ...command.args], {
    env: options.env,
    cwd: options.cwd,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let isStuck = false;
  const interrupting =
    interruption === null ? null : setTimeout(() => child.kill(interruption.signal), interruption.afterMs);
  const limiting = setTimeout(() => {
    isStuck = true;
    child.kill("SIGKILL");
  }, options.commandTimeoutMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // Not "close": a killed cilo's `docker compose` goes on for a while, and has its stderr.
    child.on("exit", (exitCode) => {
      if (interrupting !== null) clearTimeout(interrupting);
      clearTimeout(limiting);
      child.stderr.destroy();
      resolve({ command, exitCode, startedAtMs, endedAtMs: performance.now() - began, isStuck, stderr });
    });
  });
}
