import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../src/base/exec.ts";
import type { Environment } from "../../src/model/environment.ts";
import { docker } from "../support/engine.ts";
import { type Faults, readLog, toFaultVariables } from "../support/faults.ts";
import { createWorld, fetchText, type Run, type World } from "../support/world.ts";

/** How far an environment is. */
export type Standing = "absent" | "created" | "running" | "stopped";

const compose = `
services:
  web:
    image: IMAGE
    command: [httpd, -f, -p, "80", -h, /data]
    stop_signal: SIGKILL
    volumes: [data:/data]
  extra:
    image: IMAGE
    command: [sleep, "3600"]
    stop_signal: SIGKILL
    profiles: [extra]
volumes:
  data:
`;

/** What is in an environment's volume and in its workspace: it was acknowledged, so that it must not be lost. */
export const row = "42 apples\n";
export const work = "half a sentence\n";

export interface BenchRun extends Run {
  /** The points it passed, in order. */
  points: string[];
}

/**
 * One environment to cut commands off on ("blue/login"), and beside it one that must not notice ("blue/keeper", which runs), in a world of their own with a DNS server.
 */
export interface Bench extends AsyncDisposable {
  world: World;
  /** Benches share an engine, so that each has a name of its own. */
  project: string;
  /** "blue/login". */
  key: string;
  /** A git repository. */
  source: string;
  /** Which environment it was that a user's work was put into, and whether there is a row in its volume too. */
  saved: { id: string; hasRow: boolean } | null;
  cilo(args: readonly string[], faults?: Faults): Promise<BenchRun>;
  record(): Promise<Environment | null>;
  /** Brings the environment to the first of these standings unless it has another of them, with the work of a user where it can be. */
  bring(standings: readonly [Standing, ...Standing[]]): Promise<void>;
  /** Removes the environment, however it stands. */
  clear(): Promise<void>;
  /** Says what of the other environment is not as it was; empty when all is. */
  findHarm(): Promise<string[]>;
}

/** @param name what its project's name begins with. */
export async function createBench(name: string): Promise<Bench> {
  const project = `${name}-${process.pid}`;
  const world = await createWorld();
  const source = await world.write(project, compose, {
    "lib/a/one.txt": "1",
    "lib/b/two.txt": "2",
    "run.sh": "#!/bin/sh\n",
  });
  await git(source, "init", "--quiet");
  await git(source, "add", ".");
  await git(source, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "all");
  // Loose objects lie in as many directories as their hashes happen to begin differently: what is recorded on one bench is to hold on all.
  await git(source, "repack", "-a", "-d", "--quiet");
  await world.startDns();
  const keeper = await makeKeeper(world, { key: `${project}/keeper`, source });
  const log = join(world.directory, "points.log");
  const key = `${project}/login`;

  const bench: Bench = {
    world,
    project,
    key,
    source,
    saved: null,
    async cilo(args, faults = {}) {
      await rm(log, { force: true });
      const run = await world.cilo(args, { env: toFaultVariables({ log, ...faults }) });
      return { ...run, points: await readLog(log) };
    },
    record: async () => (await world.state()).hosts.local.environments[key] ?? null,
    async bring(standings) {
      const isThere = standings.includes(standingOf(await bench.record()));
      if (isThere) await putWork(bench);
      else await bring(bench, standings[0]);
    },
    async clear() {
      if ((await bench.record()) !== null) await world.must("destroy", key, "--force", "--no-undo");
    },
    findHarm: () => findHarm(world, keeper),
    async [Symbol.asyncDispose]() {
      await removeImages(world);
      await world[Symbol.asyncDispose]();
    },
  };
  return bench;
}

async function git(directory: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr } = await exec("git", ["-C", directory, ...args], { timeoutMs: 30_000 });
  assert.equal(exitCode, 0, stderr);
}

/** Images that were built for an environment that is still there in the end. */
async function removeImages({ installation }: World): Promise<void> {
  const ids = await docker("image", "ls", "--quiet", "--filter", `label=cilo.installation=${installation}`);
  if (ids !== "") await docker("image", "rm", "--force", ...ids.split("\n"));
}

/** How an environment stands that no command is at work on. */
export function standingOf(record: Environment | null): Standing {
  if (record === null) return "absent";
  return record.status === "running" || record.status === "created" ? record.status : "stopped";
}

async function bring(bench: Bench, wanted: Standing): Promise<void> {
  const { key, world } = bench;
  const standing = standingOf(await bench.record());
  if (standing === wanted) return;
  if (wanted === "absent" || (wanted === "created" && standing !== "absent")) {
    await world.must("destroy", key, "--force", "--no-undo");
    return await bring(bench, wanted);
  }
  if (standing === "absent") {
    await world.must("create", key, "--from", bench.source);
  } else if (wanted === "stopped" && standing === "running") {
    await world.must("down", key);
  } else {
    await world.must("up", key);
  }
  await putWork(bench);
  await bring(bench, wanted);
}

/** Puts what must not be lost into an environment, as far as there is room for it. */
async function putWork(bench: Bench): Promise<void> {
  const record = await bench.record();
  if (record === null) return;
  if (bench.saved?.id !== record.id) {
    await writeFile(join(bench.world.home, "envs", bench.key, "work.txt"), work);
    bench.saved = { id: record.id, hasRow: false };
  }
  if (record.status !== "running" || bench.saved.hasRow) return;
  await writeRow(bench.key);
  bench.saved.hasRow = true;
}

/** Writes the row that an environment's volume must keep. */
async function writeRow(key: string): Promise<void> {
  const container = `cilo-${key.replace("/", "-")}-web-1`;
  await docker("exec", container, "sh", "-c", `printf '${row.replace("\n", "\\n")}' > /data/row`);
}

/** An environment as it was before anything was cut off. */
interface Keeper {
  key: string;
  record: Environment;
  container: string;
  address: string;
}

async function makeKeeper(world: World, { key, source }: { key: string; source: string }): Promise<Keeper> {
  await world.must("create", key, "--from", source);
  await writeFile(join(world.home, "envs", key, "work.txt"), work);
  await world.must("up", key);
  await writeRow(key);
  const record = (await world.state()).hosts.local.environments[key];
  const address = record?.services.web?.addresses[0];
  assert.ok(record && address);
  return { key, record, address, container: await containerIdOf(world) };
}

async function containerIdOf({ installation }: World): Promise<string> {
  const filters = [`label=cilo.installation=${installation}`, "label=cilo.environment=keeper", "status=running"];
  return await docker("container", "ls", "--quiet", "--no-trunc", ...filters.flatMap((filter) => ["--filter", filter]));
}

async function findHarm(world: World, { key, record, container, address }: Keeper): Promise<string[]> {
  const file = join(world.home, "envs", key, "work.txt");
  const found = {
    record: (await world.state()).hosts.local.environments[key],
    container: await containerIdOf(world),
    names: await world.resolve("web.keeper.test"),
    row: await fetchText(`http://${address}/row`),
    work: existsSync(file) ? await readFile(file, "utf8") : null,
  };
  const expected: typeof found = { record, container, names: [address], row, work };
  return Object.keys(expected).flatMap((what) => {
    const [seen, wanted] = [found, expected].map((values) => JSON.stringify(values[what as keyof typeof found]));
    return seen === wanted ? [] : [`${what} of ${key} is ${seen} and was ${wanted}`];
  });
}
