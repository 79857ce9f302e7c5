import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CiloError } from "../../../../src/base/errors.ts";
import { exec } from "../../../../src/base/exec.ts";
import { formatCount, formatCounts, formatSpread, formatTable } from "../../markdown.ts";
import { type Distribution, distributionOf, type Spread, spreadOf } from "../../statistics.ts";
import type { Target } from "../../target.ts";
import { checkAnswers, localExpectations } from "../check-answers.ts";
import { addressQueries } from "../query-mix.ts";
import { type Contender, runRounds, type Standing, standingsOf } from "../rounds.ts";
import type { SectionResult } from "../section-result.ts";
import { addressesByName, makeEnvironments } from "../served-names.ts";
import { type BenchedDaemon, startCilo } from "../servers/cilo.ts";
import { problemsOf } from "../standings.ts";
import type { ZoneScale } from "../zone-scale-result.ts";
import type { SectionContext } from "./section-context.ts";

const sizes = [10, 100, 1_000, 10_000];
const zoneScale = fileURLToPath(new URL("../zone-scale.ts", import.meta.url));
const zoneTimeoutMs = 120_000;
/** The largest zone answers within 10 % of the smallest's rate. */
const leastShare = 0.9;
const mostChangeMs = 20;

/** The zone module at one size, over several processes. */
interface SizeFigures {
  environments: number;
  names: number;
  heapMebibytes: number;
  buildMs: Spread;
  fewNames: Spread;
  allNames: Spread;
  changeMs: Distribution;
}

/** How the cost of an answer and of a change grows with the number of environments. */
export async function benchScale(context: SectionContext): Promise<SectionResult> {
  context.say("zone module at 10 to 10,000 environments");
  const modules = await measureModules(context);
  context.say("daemons with 10 to 10,000 environments");
  const { standings, problems } = await measureDaemons(context);
  return {
    name: "scale",
    title: "10 to 10,000 environments of five services",
    text: `${note}\n\n${formatModules(modules)}\n\nBy UDP, all names asked:\n\n${formatDaemons(standings)}`,
    data: { modules, daemons: standings },
    targets: judge(modules, standings),
    problems,
    omissions: [],
  };
}

const note =
  "*Zone module*: from the octets of a query to those of its reply, in one process without a socket. Asked are " +
  "either 50 names at every size, spread over the zone, or all there are, where more names also means more " +
  "misses of the CPU's caches. *Change*: one environment gets another address, from the command's message to " +
  "the swapped zone.";

/** One process a size and round, sizes in turn. */
async function measureModules({ bench, extent }: SectionContext): Promise<SizeFigures[]> {
  const runs: ZoneScale[] = [];
  for (let round = 0; round < extent.scaleRounds; round += 1) {
    for (const size of sizes) runs.push(await measureModule(size, bench.prefixFor("server")));
  }
  return sizes.map((size) => sumUp(runs.filter(({ environments }) => environments === size)));
}

async function measureModule(size: number, prefix: readonly string[]): Promise<ZoneScale> {
  const [file = "", ...args] = [...prefix, process.execPath, "--expose-gc", zoneScale, `${size}`];
  const result = await exec(file, args, { timeoutMs: zoneTimeoutMs });
  if (result.exitCode === 0) return JSON.parse(result.stdout);
  throw new CiloError("CILO_COMMAND_FAILED", `cannot measure a zone of ${size} environments: ${result.stderr}`);
}

function sumUp(runs: readonly ZoneScale[]): SizeFigures {
  const { environments = 0, names = 0 } = runs[0] ?? {};
  return {
    environments,
    names,
    heapMebibytes: spreadOf(runs.map(({ heapBytes }) => heapBytes / 2 ** 20)).median,
    buildMs: spreadOf(runs.map(({ buildMs }) => buildMs)),
    fewNames: spreadOf(runs.map(({ answersPerSecond }) => answersPerSecond.fewNames)),
    allNames: spreadOf(runs.map(({ answersPerSecond }) => answersPerSecond.allNames)),
    changeMs: distributionOf(runs.flatMap(({ changeMs }) => changeMs)),
  };
}

/** A daemon of each size at the same time, so that they can take turns. */
async function measureDaemons({
  bench,
  extent,
}: SectionContext): Promise<{ standings: Standing[]; problems: string[] }> {
  const daemons: BenchedDaemon[] = [];
  try {
    const contenders: Contender[] = [];
    const wrong: string[] = [];
    for (const size of sizes) {
      const environments = makeEnvironments(size);
      const addresses = addressesByName(environments);
      const server = await startCilo(bench, { place: "server", environments });
      daemons.push(server);
      const queriesFile = join(bench.directory, `scale-${size}.txt`);
      await writeFile(queriesFile, `${addressQueries([...addresses.keys()]).join("\n")}\n`);
      contenders.push({ label: `${size}`, server, queriesFile });
      wrong.push(...(await checkAnswers(server, localExpectations(addresses))).problems);
    }
    const results = await runRounds(bench, { ...extent, contenders, seconds: extent.roundSeconds, transport: "udp" });
    const standings = standingsOf(results);
    return {
      standings,
      problems: [...wrong, ...problemsOf({ servers: daemons, standings, allowedRcodes: ["NOERROR"] })],
    };
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.end()));
  }
}

function formatModules(modules: readonly SizeFigures[]): string {
  const rows = modules.map((figures) => [
    formatCount(figures.environments),
    formatCount(figures.names),
    formatCounts(figures.fewNames),
    formatCounts(figures.allNames),
    formatSpread(figures.buildMs, 1),
    figures.changeMs.p50.toFixed(3),
    figures.changeMs.p99.toFixed(3),
    figures.heapMebibytes.toFixed(1),
  ]);
  const head = [
    "environments",
    "names",
    "answers/s of 50 names",
    "of all names",
    "build ms",
    "change ms p50",
    "p99",
    "heap MiB",
  ];
  return formatTable([head, ...rows]);
}

function formatDaemons(standings: readonly Standing[]): string {
  return formatTable([
    ["environments", "answers/s, median (range)", "CPU µs/query", "lost"],
    ...standings.map(({ label, queriesPerSecond, cpuMicrosecondsPerQuery, lost }) => [
      formatCount(Number(label)),
      formatCounts(queriesPerSecond),
      formatSpread(cpuMicrosecondsPerQuery, 1),
      `${lost}`,
    ]),
  ]);
}

function judge(modules: readonly SizeFigures[], standings: readonly Standing[]): Target[] {
  const shares = [
    { way: "zone module, 50 names", rates: modules.map(({ fewNames }) => fewNames.median) },
    { way: "zone module, all names", rates: modules.map(({ allNames }) => allNames.median) },
    { way: "by UDP, all names", rates: standings.map(({ queriesPerSecond }) => queriesPerSecond.median) },
  ];
  const changeMs = modules.at(-1)?.changeMs.p99 ?? Number.NaN;
  return [
    ...shares.map(({ way, rates }) => {
      const share = (rates.at(-1) ?? Number.NaN) / (rates[0] ?? Number.NaN);
      const measured = `${share.toFixed(2)} x`;
      return {
        what: `10,000 environments against 10, ${way}`,
        figure: `>= ${leastShare} x`,
        measured,
        isReached: share >= leastShare,
      };
    }),
    {
      what: "one change published among 10,000 environments, p99",
      figure: `<= ${mostChangeMs} ms`,
      measured: `${changeMs.toFixed(2)} ms`,
      isReached: changeMs <= mostChangeMs,
    },
  ];
}
