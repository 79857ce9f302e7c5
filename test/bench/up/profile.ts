import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError } from "../../../src/base/errors.ts";
import type { World } from "../../support/world.ts";
import { formatTable } from "../markdown.ts";
import { composeFileOf } from "./sample-project.ts";

/** What `record-work.mjs` notes; milliseconds since the process began. */
export interface WorkEntry {
  kind: "loaded" | "program" | "request" | "disk" | "end";
  what: string;
  atMs: number;
  /** Null of what had not ended when the process did. */
  endMs: number | null;
}

export interface ProfileOptions {
  world: World;
  sizes: readonly number[];
  /** Says what is being done; not part of the report. */
  say: (text: string) => void;
  signal: AbortSignal;
}

/** As a URL, which has no spaces in it whatever the path has. */
const recorder = new URL("record-work.mjs", import.meta.url).href;
/** Of a command line, which begins with the project's name and ends with what is asked for. */
const shownStart = 50;
const shownEnd = 60;

/**
 * Says what one `cilo up` does and when: the programs it runs, what it asks the engine, and when it waits for the disk. What
 * lies between is its own work, or waiting for containers.
 * @returns Markdown.
 */
export async function profileUp({ world, sizes, say, signal }: ProfileOptions): Promise<string> {
  const parts = ["# What `cilo up` does, and when"];
  for (const size of sizes) {
    const directory = await world.write(`profile-${size}`, composeFileOf(size, "IMAGE"));
    const environment = `bench-profile/services-${size}-${process.pid}`;
    await world.must("create", environment, "--from", directory);
    // The first one compiles, and the next ones find its code compiled.
    await world.must("up", environment);
    await world.must("down", environment);
    for (const [phase, verb] of [
      ["cold", "up"],
      ["warm", "up"],
      ["down", "down"],
    ] as const) {
      signal.throwIfAborted();
      say(`profile of ${size}, ${phase}`);
      const entries = await record(world, [verb, environment]);
      parts.push(`## ${phase}, services: ${size}`, formatCountsOf(entries), formatEntries(entries, world.directory));
    }
  }
  return `${parts.join("\n\n")}\n`;
}

async function record(world: World, args: readonly string[]): Promise<WorkEntry[]> {
  const file = join(world.directory, "work.json");
  const options = { NODE_OPTIONS: `--import=${recorder}`, CILO_BENCH_RECORD: file };
  const { code, stderr } = await world.cilo(args, { env: options });
  if (code !== 0) throw new CiloError("CILO_COMMAND_FAILED", `cilo ${args.join(" ")} failed: ${stderr.trim()}`);
  return JSON.parse(await readFile(file, "utf8"));
}

/** "3 x docker compose config, 1 x up, …" */
export function formatCountsOf(entries: readonly WorkEntry[]): string {
  const programs = entries.filter(({ kind }) => kind === "program").map(({ what }) => composeVerbOf(what));
  const verbs = [...Map.groupBy(programs, (verb) => verb)].map(([verb, calls]) => `${calls.length} x ${verb}`);
  const count = (kind: WorkEntry["kind"]) => entries.filter((entry) => entry.kind === kind).length;
  return `Programs: ${verbs.join(", ")}. Requests to the engine: ${count("request")}. Waits for the disk: ${count("disk")}.`;
}

/** The Compose command in a command line. */
function composeVerbOf(commandLine: string): string {
  return /\s(config|up|down|version)(\s|$)/.exec(commandLine)?.[1] ?? "another program";
}

function formatEntries(entries: readonly WorkEntry[], directory: string): string {
  const rows = entries.map(({ kind, what, atMs, endMs }) => [
    atMs.toFixed(0),
    endMs === null ? "" : (endMs - atMs).toFixed(0),
    kind,
    shorten(what).replaceAll(directory, "…"),
  ]);
  return formatTable([["at ms", "took ms", "", "what"], ...rows]);
}

function shorten(text: string): string {
  const withoutDirectory = text.replace(/^\S*\//, "");
  return withoutDirectory.length <= shownStart + shownEnd
    ? withoutDirectory
    : `${withoutDirectory.slice(0, shownStart)} … ${withoutDirectory.slice(-shownEnd)}`;
}
