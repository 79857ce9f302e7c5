import { mkdir, symlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { findKeptComposes } from "../../scripts/kept-compose.ts";
import { CiloError } from "../../src/base/errors.ts";
import { findComposeProgram, readComposeVersion } from "../../src/runtime/docker/compose-program.ts";

/** A Docker Compose that tests can run with. */
export interface ComposeVersion {
  /** Without what distributions add: "2.26.1". */
  version: string;
  /** The plugin's program; null when it is the machine's own and cannot be started by its path. */
  file: string | null;
  /** Whether it is the one that is used when nothing is said. */
  isInstalled: boolean;
}

/** All there are, the oldest first: the machine's own, and what `scripts/install-engine.ts --test-tools` keeps for tests. */
export async function composeVersions(): Promise<ComposeVersion[]> {
  const versions = new Map<string, ComposeVersion>();
  const kept = (await findKeptComposes()).map((compose) => ({ ...compose, isInstalled: false }));
  for (const found of [...(await findInstalled()), ...kept]) {
    if (!versions.has(found.version)) versions.set(found.version, found);
  }
  return [...versions.values()].sort((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
}

async function findInstalled(): Promise<ComposeVersion[]> {
  try {
    const program = await findComposeProgram({ env: process.env });
    const version = await readComposeVersion(program, process.env);
    return [{ version, file: isAbsolute(program.file) ? program.file : null, isInstalled: true }];
  } catch (error) {
    if (error instanceof CiloError && error.code === "CILO_COMPOSE_MISSING") return [];
    throw error;
  }
}

/**
 * Why tests that compare versions cannot run here, or false when there are two.
 * @throws where CI is set and there is one alone: there a skipped test is a failed one.
 */
export function reasonWithoutSecondCompose(versions: readonly ComposeVersion[]): string | false {
  if (versions.length > 1) return false;
  const reason =
    "no second Docker Compose: on Debian, as root, node scripts/install-engine.ts --test-tools puts one beside";
  if (process.env.CI) throw new Error(reason);
  return reason;
}

/**
 * Makes a Docker configuration whose Compose plugin is the one of that version.
 * @param directory is made; Docker's and Compose's own files may come to be in it.
 * @returns the variables that have `docker` and cilo use it.
 */
export async function useCompose({ file }: ComposeVersion, directory: string): Promise<NodeJS.ProcessEnv> {
  if (file === null) return {};
  const plugins = join(directory, "cli-plugins");
  await mkdir(plugins, { recursive: true });
  await symlink(file, join(plugins, "docker-compose"));
  return { DOCKER_CONFIG: directory };
}
