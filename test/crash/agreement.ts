import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../src/model/environment.ts";
import { docker } from "../support/engine.ts";
import { eventually, fetchText } from "../support/world.ts";
import { type Bench, row, work } from "./bench.ts";

/** What of an environment there is outside of state. */
export interface Traces {
  /** "container web running", "network", "volume"; sorted. */
  engine: string[];
  /** Paths in CILO_HOME. */
  files: string[];
  /** What its service's name answers. */
  names: string[];
}

/** Looks everywhere for what is not the other environment's. */
export async function findTraces({ world, project }: Bench): Promise<Traces> {
  const filter = ["--filter", `label=cilo.installation=${world.installation}`];
  const whose = '{{.Label "cilo.environment"}}';
  const listed = await Promise.all([
    docker(
      "container",
      "ls",
      "--all",
      ...filter,
      "--format",
      `${whose}:container {{.Label "cilo.service"}} {{.State}}`,
    ),
    docker("network", "ls", ...filter, "--format", `${whose}:network`),
    docker("volume", "ls", ...filter, "--format", `${whose}:volume`),
    docker("image", "ls", "--all", ...filter, "--format", "login:image"),
  ]);
  const engine = listed.flatMap((text) =>
    text.split("\n").filter((line) => line !== "" && !line.startsWith("keeper:")),
  );
  return {
    engine: engine.map((line) => line.replace(/^\w*:/, "")).sort(),
    files: await findFiles(world.home, project),
    names: await world.resolve("web.login.test"),
  };
}

async function findFiles(home: string, project: string): Promise<string[]> {
  const places = ["envs", "generated"].map((folder) => join(folder, project, "login"));
  const entries = (await listIn(join(home, "trash"))).map((entry) => join("trash", entry));
  const unfinished = entries.filter((entry) => !existsSync(join(home, entry, "entry.json")));
  return [
    ...places.filter((path) => existsSync(join(home, path))),
    ...(await findLitter(home, project)),
    ...unfinished,
  ];
}

async function listIn(folder: string): Promise<string[]> {
  return existsSync(folder) ? await readdir(folder) : [];
}

/** What only a process that died can have left: copies under way, temporary files, locks but the running daemon's. */
async function findLitter(home: string, project: string): Promise<string[]> {
  const places = ["locks", "envs", `envs/${project}`, `generated/${project}`].map((folder) => join(home, folder));
  const litter: string[] = [];
  for (const folder of [home, ...places]) {
    const isLitter = (entry: string) =>
      /\.(tmp|copy)$/.test(entry) || (folder.endsWith("/locks") && entry !== "daemon");
    litter.push(...(await listIn(folder)).filter(isLitter).map((entry) => join(folder, entry).slice(home.length + 1)));
  }
  return litter;
}

/** One line about what there is of an environment, for the table. */
export function describeTraces(record: Environment | null, { engine, files, names }: Traces): string {
  const state =
    record === null
      ? "no record"
      : `${record.status}${record.operation ? `, ${record.operation.kind} at "${record.operation.step}"` : ""}`;
  const litter = files.filter((file) => !/^(envs|generated)\/[a-z0-9-]+\/login$/.test(file)).map(withoutRandomness);
  const parts = [state, ...engine, ...new Set(litter), ...(names.length > 0 ? ["name answers"] : [])];
  return parts.join("; ");
}

function withoutRandomness(path: string): string {
  if (path.startsWith("trash/")) return "an unfinished entry of the trash";
  return path.replace(/^(envs|generated)\/[a-z0-9-]+/, "$1").replace(/[0-9a-f-]{12,}|\d{2,}/g, "…");
}

/**
 * Compares state, engine, DNS and files of an environment that no command is at work on.
 * @param isMended whether nothing may be left that nobody would ever miss or meet: locks of dead processes, what was begun in the trash.
 * @returns what does not agree; empty when all does.
 */
export async function findDisagreement(bench: Bench, isMended: boolean): Promise<string[]> {
  let problems: string[] = [];
  // The daemon may still be reading the state file that a killed command could not tell it of.
  await eventually(async () => {
    problems = await disagreementNow(bench, isMended);
    return problems.length === 0;
  }, 5_000);
  return problems;
}

async function disagreementNow(bench: Bench, isMended: boolean): Promise<string[]> {
  const record = await bench.record();
  const { engine, files, names } = await findTraces(bench);
  const isRunning = record?.status === "running";
  const generated = join("generated", bench.key);
  // What belongs to a living environment is no harm: its lock is free once its holder is dead, and `up` and `down` go on from what is on the engine.
  const lock = join("locks", `${record?.id}.lock`);
  const ofRecord = ["volume", "image", "network", "container web created", "container web exited", generated, lock];
  const mayBeThere = record === null ? [] : isMended ? ofRecord : ["volume", "image", generated];
  const comparisons: [string, readonly string[], readonly string[]][] = [
    ["engine", engine, isRunning ? ["container web running", "network"] : []],
    ["files", files.filter((file) => isMended || !isHarmless(file)), record === null ? [] : [join("envs", bench.key)]],
    ["names", names, isRunning ? (record.services.web?.addresses ?? []) : []],
  ];
  const differences = comparisons.flatMap(([where, seen, wanted]) => {
    const [found, expected] = [seen, wanted].map((list) => list.filter((one) => !mayBeThere.includes(one)).join(", "));
    return found === expected ? [] : [`${where}: there is "${found}" where "${expected}" should be`];
  });
  return [...judgeRecord(record), ...differences, ...(await findLoss(bench, { record, engine }))];
}

/** The lock of a dead process is as good as none, and a trash entry without its record is nothing that could be restored. */
function isHarmless(file: string): boolean {
  return /^(locks\/[0-9a-f-]+\.lock|trash\/.*)$/.test(file);
}

function judgeRecord(record: Environment | null): string[] {
  if (record === null) return [];
  const { operation, status, lastError } = record;
  return [
    ...(operation === null ? [] : [`an operation is left: ${operation.kind} at "${operation.step}"`]),
    ...(["created", "running", "stopped"].includes(status) ? [] : [`it is ${status}: ${lastError}`]),
  ];
}

/** What a user had put into the workspace and into the volume and is not there any more. */
async function findLoss(
  { world, key, saved }: Bench,
  { record, engine }: { record: Environment | null; engine: readonly string[] },
): Promise<string[]> {
  if (record === null || saved?.id !== record.id) return [];
  const file = join(world.home, "envs", key, "work.txt");
  const hasWork = existsSync(file) && (await readFile(file, "utf8")) === work;
  const address = record.status === "running" ? record.services.web?.addresses[0] : undefined;
  const hasRow =
    engine.includes("volume") && (address === undefined || (await fetchText(`http://${address}/row`)) === row);
  return [
    ...(hasWork ? [] : ["the work in the workspace is lost"]),
    ...(hasRow || !saved.hasRow ? [] : ["the row in the volume is lost"]),
  ];
}
