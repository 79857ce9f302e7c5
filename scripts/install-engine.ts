import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CiloError, hasErrorCode } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import {
  findCandidate,
  findMissingPackages,
  installPackages,
  systemEnvironment,
  updateLists,
  withPackageOfSuite,
} from "./apt.ts";
import { keepCurrentCompose } from "./kept-compose.ts";
import { findEngineVersion, startEngine } from "./start-engine.ts";

export interface InstallOptions {
  /** Installs `testToolPackages` besides, and puts a second Docker Compose where only the tests find it. */
  testTools: boolean;
  /** Told what is being done, a line at a time. */
  log: (line: string) => void;
}

export interface InstalledEngine {
  /** The dockerd that was started on a machine without systemd and is the caller's to end; null when none was. */
  startedPid: number | null;
}

/** The first Compose in which "!override" works everywhere, in what is included as well; cilo's own minimum. */
const minimumCompose = [2, 24, 6] as const;
/** Where Compose 2 may be: Ubuntu's name, the name in Docker's own repository, Debian's name (1.x up to bookworm). */
const composePackages = ["docker-compose-v2", "docker-compose-plugin", "docker-compose"];
/**
 * What the tests use: ps, git, a static busybox, Python (as a parser of property lists), and the programs that judge the
 * DNS server, with a compiler for the one that asks as musl does.
 */
export const testToolPackages = [
  "bind9-dnsutils",
  "busybox-static",
  "dnsmasq-base",
  "gcc",
  "git",
  "iproute2",
  "knot-dnsutils",
  "ldnsutils",
  "libc6-dev",
  "mmdebstrap",
  "musl-tools",
  "nmap",
  "procps",
  "python3",
  "python3-dnspython",
  "unbound",
];
const instructions = "install Docker Engine and Compose as docs.docker.com/engine/install says, then run this again";

/**
 * Makes sure that an engine answers and Compose is new enough, on Debian and Ubuntu as root. What is there already stays as it is.
 * @throws CILO_PERMISSION_DENIED, CILO_ENGINE_UNREACHABLE or CILO_COMMAND_FAILED, saying what to do instead.
 */
export async function installEngine(options: InstallOptions): Promise<InstalledEngine> {
  const { log, testTools } = options;
  const missing = [...(await findMissingEngineParts()), ...(testTools ? await findMissingTools() : [])];
  const needsCompose = !(await hasCompose());
  if (missing.length > 0 || needsCompose) {
    await requireDebianAsRoot();
    log("fetching package lists");
    await updateLists();
  }
  if (missing.length > 0) {
    log(`installing ${missing.join(" ")}`);
    await installPackages(await withCommandLineTool(missing));
  }
  if (needsCompose) await installCompose(log);
  if (testTools) await addCurrentCompose(log);
  const startedPid = (await findEngineVersion()) === null ? await startLocalEngine(log) : null;
  log(`Docker Engine ${await findEngineVersion()}, Docker Compose ${await findComposeVersion()}`);
  return { startedPid };
}

/** An engine that answers is enough, wherever it runs. */
async function findMissingEngineParts(): Promise<string[]> {
  if ((await findEngineVersion()) !== null) return [];
  requireLocalEndpoint();
  const missing: string[] = [];
  // By the programs, not the packages: the engine may come from Docker's own repository.
  if (!((await isInstalled("dockerd")) && (await isInstalled("docker")))) missing.push("docker.io");
  if (!(await isInstalled("iptables"))) missing.push("iptables");
  return missing;
}

function requireLocalEndpoint(): void {
  const endpoint = process.env.DOCKER_HOST;
  if (!endpoint) return;
  throw new CiloError("CILO_ENGINE_UNREACHABLE", `no engine answers at DOCKER_HOST, ${endpoint}`, {
    hint: `run "unset DOCKER_HOST" to have one installed on this machine`,
  });
}

async function isInstalled(program: string): Promise<boolean> {
  const result = await exec(program, ["--version"], { env: systemEnvironment(), timeoutMs: 10_000 });
  return result.exitCode === 0;
}

async function findMissingTools(): Promise<string[]> {
  return (await isInstalled("dpkg-query")) ? findMissingPackages(testToolPackages) : [];
}

/** From trixie on `docker` is a package of its own, which docker.io only recommends. */
async function withCommandLineTool(packages: readonly string[]): Promise<string[]> {
  const isSplit = packages.includes("docker.io") && (await findCandidate("docker-cli")) !== null;
  return isSplit ? [...packages, "docker-cli"] : [...packages];
}

async function hasCompose(): Promise<boolean> {
  const version = await findComposeVersion();
  return version !== null && isRecentCompose(version);
}

/** "2.26.1-4"; null when there is none. */
async function findComposeVersion(): Promise<string | null> {
  const result = await exec("docker", ["compose", "version", "--short"], { timeoutMs: 10_000 });
  return result.exitCode === 0 ? result.stdout.trim() : null;
}

/** Compares a version, of Compose or of a Debian package of it, with the first that will do. */
export function isRecentCompose(version: string): boolean {
  const parts = /^(?:\d+:)?v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return false;
  for (const [index, minimum] of minimumCompose.entries()) {
    const part = parts[index] ?? 0;
    if (part !== minimum) return part > minimum;
  }
  return true;
}

async function installCompose(log: (line: string) => void): Promise<void> {
  for (const name of composePackages) {
    const candidate = await findCandidate(name);
    if (candidate === null || !isRecentCompose(candidate)) continue;
    log(`installing ${name} ${candidate}`);
    return installPackages([name]);
  }
  if ((await readDistribution()).id !== "debian") {
    throw new CiloError(
      "CILO_COMMAND_FAILED",
      `no package source of this machine has Docker Compose ${minimumCompose.join(".")}`,
      {
        hint: "install Docker Compose as docs.docker.com/compose/install says, then run this again",
      },
    );
  }
  log("installing docker-compose of Debian trixie");
  await withPackageOfSuite("docker-compose", "trixie", (path) => installPackages([path]));
}

async function addCurrentCompose(log: (line: string) => void): Promise<void> {
  if ((await readDistribution()).id !== "debian") {
    return log("no second Docker Compose for the tests: only Debian's package sources lead to one");
  }
  const { version, file } = await keepCurrentCompose(log);
  log(`Docker Compose ${version} for the tests in ${file}`);
}

async function startLocalEngine(log: (line: string) => void): Promise<number | null> {
  await requireDebianAsRoot();
  return startEngine(log);
}

async function requireDebianAsRoot(): Promise<void> {
  const { id, like } = await readDistribution();
  if (![id, ...like].some((name) => name === "debian" || name === "ubuntu")) {
    throw new CiloError("CILO_ENGINE_UNREACHABLE", "can install an engine on Debian and Ubuntu only", {
      hint: instructions,
    });
  }
  if (process.getuid?.() !== 0) {
    throw new CiloError("CILO_PERMISSION_DENIED", "only root may install packages and start the engine", {
      hint: `run the same command as root, or ${instructions}`,
    });
  }
}

/** @see os-release(5) */
async function readDistribution(): Promise<{ id: string; like: string[] }> {
  const text = await readFile("/etc/os-release", "utf8").catch((error: unknown) => {
    if (hasErrorCode(error, "ENOENT")) return "";
    throw error;
  });
  const field = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return { id: field("ID"), like: field("ID_LIKE").split(" ") };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { "test-tools": { type: "boolean", default: false }, "pid-file": { type: "string" } },
  });
  const { startedPid } = await installEngine({ testTools: values["test-tools"], log: (line) => console.error(line) });
  if (values["pid-file"] !== undefined && startedPid !== null) await writeFile(values["pid-file"], `${startedPid}\n`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    console.error(error.message);
    if (error.hint !== null) console.error(`hint: ${error.hint}`);
    process.exitCode = error.exitCode;
  }
}
