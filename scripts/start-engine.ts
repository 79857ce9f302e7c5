import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { CiloError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { waitFor } from "../src/base/wait.ts";
import { findMissingPackages, installPackages, systemEnvironment } from "./apt.ts";

const engineProgram = "dockerd";
const logFile = "/var/log/cilo-dockerd.log";
const lastLogLines = 20;
const startTimeoutMs = 60_000;

/** The engine's version, "20.10.24"; null when none answers. */
export async function findEngineVersion(): Promise<string | null> {
  const result = await exec("docker", ["version", "--format", "{{.Server.Version}}"], { timeoutMs: 10_000 });
  return result.exitCode === 0 ? result.stdout.trim() : null;
}

/**
 * Starts the installed engine and waits until it answers.
 * @returns the pid of the dockerd that runs on as this machine has no systemd, to be ended by the caller; null with systemd.
 * @throws CILO_ENGINE_UNREACHABLE with the last lines of the engine's log.
 */
export async function startEngine(log: (line: string) => void): Promise<number | null> {
  if (existsSync("/run/systemd/system")) {
    log("starting the engine with systemd");
    await exec("systemctl", ["enable", "--now", "docker.service"], { timeoutMs: startTimeoutMs });
    if (await answersInTime(new AbortController().signal)) return null;
    const journal = await exec("journalctl", ["--unit=docker.service", `--lines=${lastLogLines}`, "--no-pager"]);
    throw notStarted(journal.stdout);
  }
  await mountControlGroups();
  log(`starting ${engineProgram}, log in ${logFile}`);
  return startDetached();
}

async function startDetached(): Promise<number> {
  const output = await open(logFile, "w", 0o600);
  const ended = new AbortController();
  const child = spawn(engineProgram, [], {
    detached: true,
    stdio: ["ignore", output.fd, output.fd],
    env: systemEnvironment(),
  });
  child.once("exit", () => ended.abort());
  await once(child, "spawn");
  await output.close();
  if (child.pid !== undefined && (await answersInTime(ended.signal))) {
    child.unref();
    return child.pid;
  }
  child.kill();
  const lines = (await readFile(logFile, "utf8")).trimEnd().split("\n");
  throw notStarted(lines.slice(-lastLogLines).join("\n"));
}

async function answersInTime(ended: AbortSignal): Promise<boolean> {
  const look = async () => (ended.aborted ? false : (await findEngineVersion()) === null ? null : true);
  return (await waitFor(look, { timeoutMs: startTimeoutMs, intervalMs: 200 })) === true;
}

/** What an init system does otherwise: the engine cannot do without control groups. */
async function mountControlGroups(): Promise<void> {
  const mounts = await readFile("/proc/mounts", "utf8");
  if (/^\S+ \S+ cgroup2? /m.test(mounts)) return;
  if ((await findMissingPackages(["cgroupfs-mount"])).length > 0) await installPackages(["cgroupfs-mount"]);
  await exec("cgroupfs-mount", [], { env: systemEnvironment(), timeoutMs: startTimeoutMs });
}

function notStarted(lastLines: string): CiloError {
  return new CiloError(
    "CILO_ENGINE_UNREACHABLE",
    `the engine was installed but does not answer; its last words:\n${lastLines}`,
    {
      hint: "see docs.docker.com/engine/install for what it needs of this machine",
    },
  );
}
