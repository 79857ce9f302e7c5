import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError } from "../base/errors.ts";
import { makeDirectory } from "../base/make-directory.ts";
import type { Paths } from "../base/paths.ts";
import { waitFor } from "../base/wait.ts";
import type { ControlClient } from "../control/client.ts";
import type { DaemonStatus } from "../control/messages.ts";

/** How long a daemon may take until it answers on its socket. */
const startTimeoutMs = 15_000;

/**
 * Starts the daemon as a process of its own that outlives this one, and returns once it answers.
 * @param command the program and its arguments up to and with `dns start`.
 * @throws what the daemon said when it could not start.
 */
export async function startDetached(options: {
  paths: Paths;
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  control: ControlClient;
  signal: AbortSignal;
}): Promise<DaemonStatus> {
  const { paths, command, env, control, signal } = options;
  const running = await control.send({ type: "status" });
  if (running) {
    throw new CiloError("CILO_DAEMON_RUNNING", `a daemon runs already for ${paths.home} (pid ${running.pid})`, {
      hint: 'see it with "cilo dns status", or end it with "cilo dns stop"',
      details: { pid: running.pid },
    });
  }
  await makeDirectory(paths.logs);
  const logFile = join(paths.logs, "daemon.log");
  await using log = await open(logFile, "a", 0o600);
  const begin = (await log.stat()).size;
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, { cwd: paths.home, env, detached: true, stdio: ["ignore", log.fd, log.fd] });
  let exitCode: number | null = null;
  child.on("exit", (code) => {
    exitCode = code ?? 1;
  });
  const status = await waitFor(async () => (exitCode === null ? await control.send({ type: "status" }) : "ended"), {
    timeoutMs: startTimeoutMs,
    signal,
  });
  child.unref();
  if (status !== null && status !== "ended") return status;
  throw await explain(logFile, begin, exitCode);
}

async function explain(logFile: string, begin: number, exitCode: number | null): Promise<CiloError> {
  const written = (await readFile(logFile)).subarray(begin).toString("utf8").trim();
  // The daemon ends its log with the error as any command prints it.
  const said = /cilo: ([\s\S]*?) \[(CILO_[A-Z_]+)\](?:\nhint: (.*))?/.exec(written);
  const what = exitCode === null ? `did not answer within ${startTimeoutMs / 1000} s` : "ended at once";
  if (!said) {
    return new CiloError("CILO_LISTEN_FAILED", `the daemon ${what}`, { hint: `read ${logFile}` });
  }
  const [, message = "", code, hint] = said;
  return new CiloError(code as CiloError["code"], message, { hint: hint ?? `read ${logFile}` });
}
