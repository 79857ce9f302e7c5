import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CiloError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";

const timeoutMs = 10 * 60_000;
const statusFormat = "${db:Status-Status}";
const archiveKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** How apt and what it starts are run: without questions, with messages that can be parsed, and with root's own folders on PATH. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`,
    LC_ALL: "C",
    DEBIAN_FRONTEND: "noninteractive",
    // Without systemd a package's own start script would start the engine, and nobody would know its pid.
    RUNLEVEL: "1",
  };
}

/** Fetches the lists of the machine's own sources. */
export async function updateLists(): Promise<void> {
  await aptGet(["update"]);
}

/** @param packages names, or absolute paths of .deb files. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  await aptGet(["install", "--yes", "--no-install-recommends", ...packages]);
}

/** Tells which of the packages are not installed. */
export async function findMissingPackages(packages: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const name of packages) {
    const result = await exec("dpkg-query", ["--show", "--showformat", statusFormat, name], { timeoutMs });
    if (result.stdout !== "installed") missing.push(name);
  }
  return missing;
}

/** The version that would be installed, "2.26.1-4"; null when the machine's sources do not have the package. */
export async function findCandidate(name: string): Promise<string | null> {
  const result = await exec("apt-cache", ["policy", name], { env: systemEnvironment(), timeoutMs });
  const version = /^ {2}Candidate: (\S+)$/m.exec(result.stdout)?.[1];
  return version === undefined || version === "(none)" ? null : version;
}

/**
 * Downloads one package of another Debian release from the mirror that the machine's own sources name. Lists and cache are temporary:
 * nothing of apt's configuration or state changes.
 * @param suite "trixie".
 * @param use gets the path of the .deb file, which is gone afterwards.
 */
export async function withPackageOfSuite(
  name: string,
  suite: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const mirror = await findDebianMirror();
  const directory = await mkdtemp(join(tmpdir(), "cilo-apt-"));
  try {
    // apt downloads as a user of its own, who has to get in.
    await chmod(directory, 0o755);
    const options = await prepareSources(directory, `deb [signed-by=${archiveKeyring}] ${mirror} ${suite} main\n`);
    await aptGet([...options, "update"]);
    await aptGet([...options, "download", name], directory);
    const file = (await readdir(directory)).find((entry) => entry.endsWith(".deb"));
    if (file === undefined) throw new CiloError("CILO_COMMAND_FAILED", `apt-get download ${name} left no file`);
    await use(join(directory, file));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Asks apt itself, which reads one-line and deb822 sources alike. */
async function findDebianMirror(): Promise<string> {
  const format = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)";
  const targets = await aptGet(["indextargets", "--format", format, "Created-By: Packages"]);
  const prefix = "Debian|Debian|main|";
  const line = targets.split("\n").find((target) => target.startsWith(prefix));
  if (line !== undefined) return line.slice(prefix.length);
  throw new CiloError("CILO_COMMAND_FAILED", "cannot find a Debian mirror in the machine's apt sources", {
    hint: "install Docker Compose 2.24.6 or later as docs.docker.com/compose/install says",
  });
}

/** The options that give apt other sources, lists and cache. */
async function prepareSources(directory: string, sources: string): Promise<string[]> {
  const sourceList = join(directory, "sources.list");
  const empty = join(directory, "empty");
  const lists = join(directory, "lists");
  const cache = join(directory, "cache");
  await writeFile(sourceList, sources);
  await mkdir(empty);
  await mkdir(join(lists, "partial"), { recursive: true });
  await mkdir(join(cache, "archives/partial"), { recursive: true });
  const settings = {
    "Dir::Etc::sourcelist": sourceList,
    "Dir::Etc::sourceparts": empty,
    // A pin of the machine's would not know the other release.
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": empty,
    "Dir::State::lists": lists,
    "Dir::Cache": cache,
    "Acquire::Languages": "none",
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
}

async function aptGet(args: readonly string[], cwd = "/"): Promise<string> {
  // Another apt may be at work, as on a machine that has just started; the timeout is in seconds.
  const common = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  const result = await exec("apt-get", [...common, ...args], { cwd, env: systemEnvironment(), timeoutMs });
  if (result.exitCode === 0) return result.stdout;
  const reason = result.stderr.trim() || result.startFailure || "it did not end in time";
  throw new CiloError("CILO_COMMAND_FAILED", `apt-get ${args.join(" ")} failed:\n${reason}`);
}
