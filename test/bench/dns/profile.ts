import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError } from "../../../src/base/errors.ts";
import { formatCount, formatPercent, formatTable } from "../markdown.ts";
import { type CpuProfile, functionGroups, type SelfTime, selfTimes } from "./cpu-profile.ts";
import { runDnsperf } from "./dnsperf.ts";
import { localQueries } from "./query-mix.ts";
import type { SectionContext } from "./sections/section-context.ts";
import { addressesByName, makeEnvironments } from "./served-names.ts";
import { startCilo } from "./servers/cilo.ts";

const environmentCount = 200;
const warmUpSeconds = 3;
const shownFunctions = 20;
const samplingMicroseconds = 200;

/**
 * Says where the daemon's time goes while it answers local names as fast as it can. It is run from its source, so that
 * functions and files have their names; the sampling costs some of the rate.
 * @returns Markdown.
 */
export async function profileLocal({ bench, extent, say }: SectionContext): Promise<string> {
  const environments = makeEnvironments(environmentCount);
  const queriesFile = join(bench.directory, "profile.txt");
  await writeFile(queriesFile, `${localQueries([...addressesByName(environments).keys()]).join("\n")}\n`);
  const folder = join(bench.directory, "profile");
  await mkdir(folder);
  const profile = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${samplingMicroseconds}`];
  const daemon = await startCilo(bench, { place: "server", environments, profile });
  const load = { port: daemon.port, queriesFile, transport: "udp", prefix: bench.prefixFor("load") } as const;
  say("profile of local answers");
  await runDnsperf({ ...load, seconds: warmUpSeconds });
  const from = monotonicMicroseconds();
  const run = await runDnsperf({ ...load, seconds: 2 * extent.roundSeconds });
  const to = monotonicMicroseconds();
  await daemon.end();
  const times = selfTimes(await readProfile(folder), { from, to });
  const head = `${formatCount(run.completed)} answers, ${formatCount(run.queriesPerSecond)}/s while being sampled.`;
  const parts = ["# Profile of local answers", head, formatGroups(times, run.completed), formatFunctions(times)];
  return `${parts.join("\n\n")}\n`;
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** The main thread's profile; other threads write files of their own. */
async function readProfile(folder: string): Promise<CpuProfile> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".cpuprofile"));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const [longest] = texts.sort((left, right) => right.length - left.length);
  if (longest !== undefined) return JSON.parse(longest);
  throw new CiloError("CILO_COMMAND_FAILED", "the daemon left no profile; it did not end by itself");
}

const groupsNote =
  "*native* is code outside of JavaScript that the profile gives no name, libuv and the system call that receives " +
  "among it; the system call that sends counts as *send*. What the compiler put into its caller counts for the " +
  "caller: much of the look-up for the encoding function.";

function formatGroups(times: readonly SelfTime[], answers: number): string {
  const total = sumOf(times);
  const rows = functionGroups.map((group) => {
    const microseconds = sumOf(times.filter((time) => time.group === group));
    return [group, formatPercent(microseconds / total, 1), (microseconds / answers).toFixed(2)];
  });
  return `${formatTable([["group", "self time", "µs per answer"], ...rows])}\n\n${groupsNote}`;
}

function formatFunctions(times: readonly SelfTime[]): string {
  const total = sumOf(times);
  const rows = times
    .slice(0, shownFunctions)
    .map(({ functionName, place, group, microseconds }) => [
      `\`${functionName}\``,
      place,
      group,
      formatPercent(microseconds / total, 1),
    ]);
  return formatTable([["function", "where", "group", "self time"], ...rows]);
}

function sumOf(times: readonly SelfTime[]): number {
  return times.reduce((sum, { microseconds }) => sum + microseconds, 0);
}
