import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** A Node process of a test: one of the programs beside this file. */
export interface TestProcess {
  pid: number;
  /** The next line it writes; throws when it ends without one. */
  nextLine(): Promise<string>;
  /** Every line not yet read, once it has ended. */
  remainingLines(): Promise<string[]>;
  kill(signal: NodeJS.Signals): void;
  /** Closes its stdin, which the programs take for "go on". */
  goOn(): void;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts a program beside this file; what is left of it is killed with the test. */
export function startProgram(t: TestContext, program: string, args: readonly string[]): TestProcess {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: pidOf(child),
    nextLine: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ended with ${await ended} before it wrote a line`);
      return value;
    },
    remainingLines: async () => {
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) rest.push(next.value);
      return rest;
    },
    kill: (signal) => {
      child.kill(signal);
    },
    goOn: () => {
      child.stdin.end();
    },
    ended,
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the program did not start");
  return child.pid;
}
