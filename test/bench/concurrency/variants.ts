import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CiloError } from "../../../src/base/errors.ts";
import { exec } from "../../../src/base/exec.ts";
import { parseState } from "../../../src/state/schema.ts";
import type { ProcessCall } from "./burst.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A project to create environments of, and a machine to do it on. */
export interface Variant {
  /** "git repository, engine down" */
  label: string;
  /** The project. */
  source: string;
  /** As the processes see it, without CILO_HOME. */
  env: NodeJS.ProcessEnv;
}

/**
 * Makes the small project, once as a plain directory and once as a git repository, and pairs each with an engine that
 * answers and one that does not.
 * @param options.hasEngine whether one answers here; without one those variants are left out.
 */
export async function createVariants(options: { directory: string; hasEngine: boolean }): Promise<Variant[]> {
  const { directory, hasEngine } = options;
  const plain = join(directory, "plain/shop");
  const repository = join(directory, "repository/shop");
  for (const path of [plain, repository]) await cp(join(root, "fixtures/shop"), path, { recursive: true });
  await commitAll(repository);
  const engines = [
    ...(hasEngine ? [{ name: "engine up", env: process.env }] : []),
    { name: "engine down", env: { ...process.env, DOCKER_HOST: `unix://${join(directory, "no-engine.sock")}` } },
  ];
  return engines.flatMap(({ name, env }) => [
    { label: `plain directory, ${name}`, source: plain, env },
    { label: `git repository, ${name}`, source: repository, env },
  ]);
}

async function commitAll(directory: string): Promise<void> {
  const identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.test", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    ["commit", "--quiet", "--message", "project"],
  ]) {
    const { exitCode, stderr } = await exec("git", ["-C", directory, ...identity, ...args]);
    if (exitCode !== 0) throw new CiloError("CILO_GIT_FAILED", `git ${args.join(" ")} failed: ${stderr.trim()}`);
  }
}

/** So many `cilo create` in an installation of their own. */
export async function prepareCreates(
  variant: Variant,
  options: { home: string; count: number },
): Promise<{ calls: ProcessCall[]; findProblems(): Promise<string[]> }> {
  const { home, count } = options;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const names = Array.from({ length: count }, (_, index) => `copy-${index}`);
  return {
    calls: names.map((name) => ({
      args: [join(root, "bin/cilo.cjs"), "create", `shop/${name}`, "--from", variant.source],
      env: { ...variant.env, CILO_HOME: home },
    })),
    findProblems: () => findProblems(home, names),
  };
}

/** So many starts of Node.js that do nothing. */
export function prepareBareStarts(count: number): ProcessCall[] {
  return Array.from({ length: count }, () => ({ args: ["-e", "0"], env: process.env }));
}

async function findProblems(home: string, names: readonly string[]): Promise<string[]> {
  const parsed = parseState(JSON.parse(await readFile(join(home, "state.json"), "utf8")));
  if ("problems" in parsed) return parsed.problems;
  const environments = Object.values(parsed.state.hosts.local.environments);
  const missing = names.filter((name) => !environments.some((environment) => environment.name === name));
  const subnets = new Set(environments.map(({ subnet }) => subnet));
  return [
    ...(missing.length === 0 ? [] : [`not there after "create": ${missing.join(", ")}`]),
    ...(subnets.size === environments.length ? [] : ["environments share a subnet"]),
  ];
}
