import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CiloError, hasErrorCode } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { parseComposeVersion } from "../src/runtime/docker/compose-program.ts";
import { withPackageOfSuite } from "./apt.ts";

/** A Docker Compose that is there for the tests alone: no `docker` finds it by itself. */
export interface KeptCompose {
  /** Without what distributions add: "2.40.3". */
  version: string;
  /** The plugin's program. */
  file: string;
}

/** The release of Debian that new versions reach first. */
const suite = "sid";
const packageName = "docker-compose";
const programInPackage = "usr/libexec/docker/cli-plugins/docker-compose";
const programName = "docker-compose";
const timeoutMs = 60_000;
/** A directory for each version; ignored by git, as all of node_modules is. */
const defaultDirectory = join(import.meta.dirname, "../node_modules/.cache/cilo/compose");

/** Finds what `keepCurrentCompose` has left, sorted by name. */
export async function findKeptComposes(directory = defaultDirectory): Promise<KeptCompose[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (hasErrorCode(error, "ENOENT")) return [];
    throw error;
  });
  return names
    .filter((name) => parseComposeVersion(name) === name)
    .sort()
    .map((version) => ({ version, file: join(directory, version, programName) }));
}

/**
 * Puts Debian's newest Docker Compose beside the installed one, unless one was put there before. What apt downloads it has checked against the
 * index that Debian signed; of the package only the program is taken, and nothing of it is installed.
 * @throws CILO_COMMAND_FAILED when it cannot be had, or does not run on this machine.
 */
export async function keepCurrentCompose(
  log: (line: string) => void,
  directory = defaultDirectory,
): Promise<KeptCompose> {
  const [kept] = await findKeptComposes(directory);
  if (kept !== undefined) return kept;
  await mkdir(directory, { recursive: true });
  const unpacked = await mkdtemp(join(directory, "unpacked-"));
  try {
    log(`fetching ${packageName} of Debian ${suite}, for the tests alone`);
    await withPackageOfSuite(packageName, suite, (path) => unpackProgram(path, unpacked));
    return await keep(unpacked, directory);
  } finally {
    await rm(unpacked, { recursive: true });
  }
}

async function unpackProgram(packageFile: string, directory: string): Promise<void> {
  await run("dpkg-deb", ["--extract", packageFile, join(directory, "package")]);
  await mkdir(join(directory, "plugin"));
  await copyFile(join(directory, "package", programInPackage), join(directory, "plugin", programName));
}

/** The directory gets its name once the program in it is complete and has run. */
async function keep(unpacked: string, directory: string): Promise<KeptCompose> {
  const output = await run(join(unpacked, "plugin", programName), ["version", "--short"]);
  const version = parseComposeVersion(output);
  if (version === null) {
    throw new CiloError("CILO_COMMAND_FAILED", `${packageName} of Debian ${suite} calls itself "${output.trim()}"`);
  }
  await rename(join(unpacked, "plugin"), join(directory, version));
  return { version, file: join(directory, version, programName) };
}

async function run(file: string, args: readonly string[]): Promise<string> {
  const result = await exec(file, args, { timeoutMs });
  if (result.exitCode === 0) return result.stdout;
  const reason = result.stderr.trim() || result.startFailure || "it did not end in time";
  throw new CiloError("CILO_COMMAND_FAILED", `${file} ${args.join(" ")} failed: ${reason}`);
}
