import { exec } from "../../src/base/exec.ts";
import type { RunCompose } from "../../src/compose/run-compose.ts";

/** Runs the machine's `docker compose`; `config` needs no engine. */
export const runCompose: RunCompose = (args, options) => exec("docker", ["compose", ...args], options);

/** Why tests that need the program cannot run here, or false when they can; where CI is set they fail instead. */
export async function reasonWithoutCompose(): Promise<string | false> {
  const result = await exec("docker", ["compose", "version"], { timeoutMs: 20_000 });
  if (result.exitCode === 0) return false;
  const reason = "docker compose is not installed: get it from https://docs.docker.com/compose/install/";
  if (process.env.CI) throw new Error(reason);
  return reason;
}
