import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { systemEnvironment } from "../../../scripts/apt.ts";
import { waitFor } from "../../../src/base/wait.ts";

/** A program that runs beside the tests; disposing of it ends it. */
export interface Child extends AsyncDisposable {
  pid: number;
  /** What it has written so far, stdout and stderr, a line at a time; grows. */
  lines: readonly string[];
}

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  /** Tells from what it has written that it is ready. */
  isReady: (lines: readonly string[]) => boolean | Promise<boolean>;
}

const startTimeoutMs = 20_000;
const endTimeoutMs = 5_000;

/**
 * Starts a program and waits until it is ready. Its stdin stays open as long as this process lives.
 * @throws with what it wrote when it ends before it is ready, or is not ready within 20 s.
 */
export async function startChild(file: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const child = spawn(file, args, { env: options.env ?? systemEnvironment(), stdio: "pipe" });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) collectLines(stream, lines);
  let failure: Error | null = null;
  child.once("error", (error) => {
    failure = error;
  });
  const isOver = () => failure !== null || child.exitCode !== null || child.signalCode !== null;
  const isReady = await waitFor(async () => (isOver() ? false : (await options.isReady(lines)) ? true : null), {
    timeoutMs: startTimeoutMs,
  });
  if (!isReady || child.pid === undefined) {
    await end(child);
    const said = lines.join("\n");
    throw new Error(`${file} ${args.join(" ")} did not become ready\n${said}`, failure ? { cause: failure } : {});
  }
  return { pid: child.pid, lines, [Symbol.asyncDispose]: () => end(child) };
}

function collectLines(stream: NodeJS.ReadableStream, lines: string[]): void {
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
  await exited;
  clearTimeout(timer);
}
