import { join } from "node:path";
import { CiloError } from "../../../src/base/errors.ts";
import { exec } from "../../../src/base/exec.ts";
import { toComposeProjectName } from "../../../src/model/names.ts";
import type { World } from "../../support/world.ts";
import type { EngineTruth } from "./engine-truth.ts";
import { composeFileOf } from "./sample-project.ts";

/** `plain` is `docker compose`; `cilo` has no DNS server running, `cilo + DNS` has one. */
export const contenderLabels = ["plain", "cilo", "cilo + DNS"] as const;
export type ContenderLabel = (typeof contenderLabels)[number];

/** One way to start the sample project and to take it down. */
export interface Contender extends AsyncDisposable {
  label: ContenderLabel;
  composeProject: string;
  /**
   * Starts the project, or finds that it runs, and returns once it is really up.
   * @returns how long the command itself took, in milliseconds; what came after it was waiting.
   */
  up(): Promise<number>;
  /** Containers and network go, volumes stay. @returns the same. */
  down(): Promise<number>;
  /** What is not as `up` left one to believe; empty when all is well. */
  findProblems(): Promise<string[]>;
}

export interface ContenderOptions {
  /** Number of services. */
  size: number;
  /** Whose installation the environment is; of the plain side it gives directory and image alone. */
  world: World;
  truth: EngineTruth;
}

const commandTimeoutMs = 300_000;

/** The project as its user starts it: `docker compose up -d`. */
export async function createPlainContender({ size, world, truth }: ContenderOptions): Promise<Contender> {
  const directory = await world.write(`plain-${size}`, composeFileOf(size, "IMAGE"));
  const composeProject = `cilo-bench-plain-${size}-${process.pid}`;
  const compose = async (...args: string[]) => {
    const call = ["compose", "--project-name", composeProject, "--file", join(directory, "compose.yml"), ...args];
    const result = await exec("docker", call, { cwd: directory, timeoutMs: commandTimeoutMs });
    if (result.exitCode !== 0) throw failed(`docker ${call.join(" ")}`, result.stderr);
  };
  return {
    label: "plain",
    composeProject,
    async up() {
      const elapsedMs = await timeOf(() => compose("up", "--detach"));
      await truth.waitForProject(composeProject, size);
      return elapsedMs;
    },
    down: () => timeOf(() => compose("down")),
    findProblems: async () => [],
    [Symbol.asyncDispose]: () => compose("down", "--volumes", "--remove-orphans"),
  };
}

/** The same project as an environment of cilo's. */
export async function createCiloContender(options: ContenderOptions & { hasDns: boolean }): Promise<Contender> {
  const { size, world, truth, hasDns } = options;
  const label = hasDns ? "cilo + DNS" : "cilo";
  const directory = await world.write(`project-${size}`, composeFileOf(size, "IMAGE"));
  // Names on the engine come from these two, and the two installations may not have one in common.
  const project = hasDns ? "bench-dns" : "bench";
  const name = `services-${size}-${process.pid}`;
  const composeProject = toComposeProjectName(project, name, new Set());
  await world.must("create", `${project}/${name}`, "--from", directory);
  return {
    label,
    composeProject,
    up: () => timeOf(() => world.must("up", `${project}/${name}`)),
    down: () => timeOf(() => world.must("down", `${project}/${name}`)),
    async findProblems() {
      const looks = await truth.waitForProject(composeProject, size);
      const early = looks > 1 ? [`${label}, ${size} services: "up" returned before all were up`] : [];
      const isAnswered = !hasDns || (await world.resolve(`web.${name}.test`)).length === 1;
      return isAnswered ? early : [...early, `${label}, ${size} services: web.${name}.test has no answer after "up"`];
    },
    // What there is on the engine goes with the world.
    [Symbol.asyncDispose]: async () => {},
  };
}

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

function failed(command: string, stderr: string): CiloError {
  return new CiloError("CILO_COMMAND_FAILED", `${command} failed: ${stderr.trim().split("\n").at(-1) ?? ""}`);
}
