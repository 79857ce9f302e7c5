import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { waitFor } from "../../src/base/wait.ts";
import { type Faults, toFaultVariables } from "./faults.ts";
import type { World } from "./world.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));
const patienceMs = 30_000;

/** A `cilo` under way, as it was typed. */
export interface TypedCilo {
  pid: number;
  /** All it has said so far, stdout and stderr. */
  said(): string;
  /** Waits until it has said this. */
  until(text: string | RegExp): Promise<void>;
  /** A signal to it alone. */
  kill(signal: NodeJS.Signals): void;
  /** Keys typed at its terminal, where it has one. */
  type(keys: string): void;
  /** Its exit code, or 128 and the number of the signal that ended it. */
  ended: Promise<number>;
}

export interface TypedOptions {
  faults?: Faults;
  /**
   * Whether it runs in a terminal of its own, whose Ctrl-C ("\u0003") reaches its whole process group. Linux only:
   * script(1) takes other arguments elsewhere.
   */
  terminal?: boolean;
}

/** Types a command; it ends with the test at the latest. */
export function typeCilo(world: World, args: readonly string[], options: TypedOptions = {}): TypedCilo & Disposable {
  const words = [process.execPath, program, ...args];
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  // The shell says who cilo will be: it becomes cilo, script(1) does not.
  const line = `stty cols 120; echo "pid $$ "; exec ${quoted}`;
  const [file = "", ...rest] = options.terminal
    ? ["script", "--quiet", "--return", "--flush", "--command", line, "/dev/null"]
    : ["sh", "-c", `echo "pid $$ "; exec ${quoted}`];
  const child = spawn(file, rest, {
    cwd: world.directory,
    env: {
      ...process.env,
      ...{ CILO_HOME: world.home, NO_COLOR: "1", TERM: "dumb" },
      ...(options.faults ? toFaultVariables(options.faults) : {}),
    },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  }
  const pidOf = () => Number(/pid (\d+) /.exec(said)?.[1] ?? 0);
  return {
    get pid() {
      return pidOf();
    },
    said: () => said,
    async until(text) {
      const isSaid = () => (typeof text === "string" ? said.includes(text) : text.test(said)) || null;
      assert.ok(await waitFor(isSaid, { timeoutMs: patienceMs }), `waited for ${text} in:\n${said}`);
    },
    kill: (signal) => void process.kill(pidOf(), signal),
    type: (keys) => void child.stdin.write(keys),
    ended: once(child, "close").then(([code]) => code ?? 128),
    [Symbol.dispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    },
  };
}

/** A fault that has the program get a signal at an instant, as if a user had sent it then. */
export function signalAt(point: string, signal: "INT" | "TERM" | "HUP"): Faults {
  return { at: { point, passing: 1, run: ["sh", "-c", `kill -${signal} $PPID`] } };
}

/** Why there is no terminal to type at here, or false: the value of a test's `skip` option. */
export async function terminalSkip(): Promise<string | false> {
  const probe = await exec("script", ["--quiet", "--return", "--command", "true", "/dev/null"], {});
  return probe.exitCode === 0 ? false : "no script(1) of util-linux";
}
