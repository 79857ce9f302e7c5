import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../../src/base/exec.ts";
import { withAdministratorPrograms } from "./packages.ts";

/**
 * Where a process may run. `server` and `load` are kept apart where there are two CPUs, so that "one core" is one and
 * the load generator takes nothing of it; `any` leaves it to the kernel.
 */
export type Place = "server" | "load" | "any";

export interface StartOptions {
  /** For messages. */
  name: string;
  command: readonly string[];
  /** Beyond the bench's own environment. */
  env?: NodeJS.ProcessEnv;
  place: Place;
}

/** A child process of the bench. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** How it ended, or why it did not start; null while it runs. */
  problem(): string | null;
  /** SIGTERM, and SIGKILL when it has not ended 5 s later. */
  end(): Promise<void>;
}

/** Everything the bench starts and writes; all of it is gone at the end, also when the bench is interrupted. */
export interface Workbench extends AsyncDisposable {
  /** Temporary. */
  readonly directory: string;
  /** The CPUs of each place, "0" or "0-2"; null when processes are not kept apart. */
  readonly cpus: Readonly<Record<"server" | "load", string>> | null;
  start(options: StartOptions): RunningProcess;
  /** What stands before a command to keep it in its place. */
  prefixFor(place: Place): string[];
}

const endTimeoutMs = 5_000;
const keptErrorOutput = 4_000;

/** Makes the directory, and finds out whether processes can be kept on CPUs of their own. */
export async function createWorkbench(): Promise<Workbench> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-bench-"));
  const cpus = await chooseCpus();
  const children = new Map<ChildProcess, RunningProcess>();
  const atExit = () => {
    for (const child of children.keys()) child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  };
  const onSignal = () => process.exit(130);
  process.on("exit", atExit);
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

  function prefixFor(place: Place): string[] {
    return cpus === null || place === "any" ? [] : ["taskset", "--cpu-list", cpus[place]];
  }

  return {
    directory,
    cpus,
    prefixFor,
    start(options) {
      const [file = "", ...args] = [...prefixFor(options.place), ...options.command];
      const child = spawn(file, args, {
        env: { ...withAdministratorPrograms(), ...options.env },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const running = toRunningProcess(child, options.name);
      children.set(child, running);
      child.once("exit", () => children.delete(child));
      return running;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...children.values()].map((running) => running.end()));
      await rm(directory, { recursive: true, force: true });
      process.off("exit", atExit).off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}

function toRunningProcess(child: ChildProcess, name: string): RunningProcess {
  let errors = "";
  let problem: string | null = null;
  const fail = (reason: string) => {
    problem ??= `${name} ${reason}${errors === "" ? "" : `: ${errors.trim()}`}`;
  };
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    errors = (errors + chunk).slice(-keptErrorOutput);
  });
  child.on("error", (error) => fail(`cannot be started (${error.message})`));
  child.on("close", (code, signal) => fail(`ended with ${signal ?? code}`));

  async function end(): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  return {
    pid: child.pid ?? 0,
    problem: () => problem,
    end,
    [Symbol.asyncDispose]: end,
  };
}

/** The last CPU this process may use is the server's, the others are for load; null with one CPU or without taskset. */
async function chooseCpus(): Promise<Workbench["cpus"]> {
  const probe = await exec("taskset", ["--version"], { timeoutMs: 5_000 });
  if (probe.exitCode !== 0) return null;
  const status = await readFile("/proc/self/status", "utf8");
  const allowed = parseCpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  const server = allowed.pop();
  return server === undefined || allowed.length === 0 ? null : { server: `${server}`, load: allowed.join(",") };
}

/** "0-2,5" as the kernel lists CPUs. */
function parseCpuList(text: string): number[] {
  return text.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
