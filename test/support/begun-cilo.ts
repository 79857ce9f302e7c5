import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Run, World } from "./world.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));

/** A command under way that can be sent signals. */
export interface BegunCilo {
  ended: Promise<Run>;
  interrupt(): void;
}

/** Begins a command in a world, without a terminal. */
export function beginCilo(world: World, args: readonly string[], env: NodeJS.ProcessEnv = {}): BegunCilo {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: world.directory,
    env: { ...process.env, CILO_HOME: world.home, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  const ended = once(child, "close").then(([code]): Run => ({ code, ...output }));
  return { ended, interrupt: () => child.kill("SIGINT") };
}
