import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CiloError } from "../base/errors.ts";
import { makeDirectory } from "../base/make-directory.ts";
import type { Paths } from "../base/paths.ts";
import { waitFor } from "../base/wait.ts";
import type { ControlClient } from "../control/client.ts";
import { type DaemonStatus, isErrorCode } from "../control/messages.ts";
import { quotePath, toWriteProblem } from "../state/file-problems.ts";
import { alreadyRunning } from "./already-running.ts";

/** How long a daemon may take until it answers on its socket. */
const startTimeoutMs = 15_000;
/** How long one that is not wanted any more may take to end by itself. */
const endTimeoutMs = 5_000;

/** How much is read of what a daemon that could not start has written, in bytes. */
const maxEndBytes = 1024 * 1024;

export interface DetachOptions {
  paths: Pick<Paths, "home" | "logs">;
  /** The program and its arguments up to and with `dns start`. */
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  control: ControlClient;
  /** Aborted: what was started ends again. */
  signal: AbortSignal;
  /** How long the daemon may take; default 15 s. */
  timeoutMs?: number;
}

/**
 * Starts the daemon as a process of its own that outlives this one, and returns once it answers. One that does not answer is ended and reaped.
 * @throws CILO_DAEMON_RUNNING, CILO_HOME_NOT_WRITABLE, CILO_DISK_FULL, what the daemon said when it could not start, and the signal's reason.
 */
export async function startDetached(options: DetachOptions): Promise<DaemonStatus> {
  const { paths, control, signal, timeoutMs = startTimeoutMs } = options;
  const running = await control.send({ type: "status" });
  if (running) throw alreadyRunning({ home: paths.home, pid: running.pid });
  const logFile = join(paths.logs, "daemon.log");
  await using log = await openLog(logFile);
  const begin = (await log.stat()).size;
  const child = await startChild(options, log.fd);
  try {
    const look = async () => (hasEnded(child) ? "ended" : await askChild(child, control));
    const found = await waitFor(look, { timeoutMs, signal });
    if (found !== null && found !== "ended") return found;
    const what = found === "ended" ? "ended at once" : `did not answer within ${timeoutMs / 1000} s`;
    throw await explain(await readEnd(log, begin), { what, logFile });
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function openLog(file: string): Promise<FileHandle> {
  try {
    await makeDirectory(dirname(file));
    return await open(file, "a+", 0o600);
  } catch (error) {
    throw toWriteProblem(error, "open the log", file);
  }
}

/** What a log has from an offset on, its last words in any case: what was there before may be of any length. */
async function readEnd(log: FileHandle, begin: number): Promise<string> {
  const { size } = await log.stat();
  const start = Math.max(begin, size - maxEndBytes);
  const { buffer, bytesRead } = await log.read(Buffer.alloc(Math.max(0, size - start)), { position: start });
  return buffer.toString("utf8", 0, bytesRead);
}

async function startChild({ command, env, paths }: DetachOptions, output: number): Promise<ChildProcess> {
  const [file = process.execPath, ...args] = command;
  const child = spawn(file, args, { cwd: paths.home, env, detached: true, stdio: ["ignore", output, output] });
  child.unref();
  await once(child, "spawn");
  return child;
}

/** The child's word that it runs. While it starts it may hang up, and another daemon that was faster may answer. */
async function askChild(child: ChildProcess, control: ControlClient): Promise<DaemonStatus | null> {
  try {
    const status = await control.send({ type: "status" });
    return status?.pid === child.pid ? status : null;
  } catch (error) {
    if (error instanceof CiloError && error.code === "CILO_DAEMON_NO_ACK") return null;
    throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  child.ref();
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
  await exited;
  clearTimeout(timer);
}

/** @param written what the daemon wrote to its log; it ends with the error as any command prints it. */
async function explain(written: string, { what, logFile }: { what: string; logFile: string }): Promise<CiloError> {
  const [last] = [...written.matchAll(/^cilo: ([\s\S]*?) \[(CILO_[A-Z_]+)\]$(?:\nhint: (.*))?/gm)].slice(-1);
  const [, message = "", code, hint = `read ${logFile}`] = last ?? [];
  if (isErrorCode(code)) return new CiloError(code, message, { hint });
  if (await isFull(dirname(logFile))) {
    return new CiloError("CILO_DISK_FULL", `the daemon ${what}, and no space is left for its log ${logFile}`, {
      hint: `run "df -h ${quotePath(dirname(logFile))}" to see which file system is full, free some space and run the command again`,
    });
  }
  return new CiloError("CILO_LISTEN_FAILED", `the daemon ${what}`, { hint: `read ${logFile}` });
}

/** Whether there is no room for a few lines. */
async function isFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize < 16 * 1024;
}
