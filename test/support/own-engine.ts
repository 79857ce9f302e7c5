import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../src/base/exec.ts";
import { waitFor } from "../../src/base/wait.ts";

/** A Docker Engine that is a test's alone, so that it can be stopped: in a network namespace of its own, where its addresses are nobody else's. */
export interface OwnEngine extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  start(): Promise<void>;
  /** As `systemctl stop docker` does; with SIGKILL as a crash does. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** It stands still, and nobody is answered. */
  freeze(): void;
  thaw(): void;
}

const startTimeoutMs = 60_000;

/** Says why such an engine cannot be started here, or false: the value of a test's `skip` option. */
export async function ownEngineSkip(): Promise<string | false> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root on Linux to start an engine";
  for (const program of ["dockerd", "/usr/bin/unshare", "/usr/bin/nsenter"]) {
    if ((await exec(program, ["--version"], { timeoutMs: 10_000 })).exitCode !== 0)
      return `there is no ${program} here`;
  }
  return false;
}

/** Starts an engine with nothing on it. */
export async function startOwnEngine(): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), "cilo-engine-"));
  const endpoint = `unix://${join(folder, "docker.sock")}`;
  // Containers that outlive their engine keep their network, so that has a process of its own.
  const network = spawn("/usr/bin/unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
  await once(network, "spawn");
  let daemon: ChildProcess | null = null;

  async function start(): Promise<void> {
    // Where process 1 reaps nobody, a containerd that was killed with its engine looks alive to the next.
    await rm(join(folder, "exec/containerd/containerd.pid"), { force: true });
    const inside = [`--net=/proc/${network.pid}/ns/net`, "dockerd", ...argumentsIn(folder)];
    daemon = spawn("/usr/bin/nsenter", inside, { stdio: "ignore" });
    const isUp = async () => {
      const probe = await exec("docker", ["--host", endpoint, "version"], { timeoutMs: 5_000 });
      return probe.exitCode === 0 ? true : null;
    };
    if ((await waitFor(isUp, { timeoutMs: startTimeoutMs, intervalMs: 200 })) === null) {
      throw new Error("the engine does not come up");
    }
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, "exit");
    daemon.kill(signal);
    await ended;
  }

  await start();
  return {
    endpoint,
    start,
    stop,
    freeze: () => daemon?.kill("SIGSTOP"),
    thaw: () => daemon?.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      daemon?.kill("SIGCONT");
      await stop("SIGTERM");
      network.kill();
      await removeLeftovers(folder);
    },
  };
}

/** What an engine that was killed leaves: processes that watch its containers, and mounts. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes(folder)) process.kill(Number(pid), "SIGKILL");
  }
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) {
    await exec("umount", ["--lazy", mount], { timeoutMs: 10_000 });
  }
  await rm(folder, { recursive: true, force: true });
}

function argumentsIn(folder: string): string[] {
  return [
    ...["--host", `unix://${join(folder, "docker.sock")}`, "--pidfile", join(folder, "docker.pid")],
    ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
  ];
}
