import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatPercent, formatTable } from "../../markdown.ts";
import { readResidentMebibytes, readThreadSeconds } from "../../process-usage.ts";
import type { Target } from "../../target.ts";
import { checkAnswers, localExpectations } from "../check-answers.ts";
import { runDnsperf } from "../dnsperf.ts";
import { localQueries } from "../query-mix.ts";
import type { SectionResult } from "../section-result.ts";
import { addressesByName, makeEnvironments } from "../served-names.ts";
import { type BenchedDaemon, startCilo } from "../servers/cilo.ts";
import type { SectionContext } from "./section-context.ts";

const environmentCount = 200;
/** After its start the daemon has things to do: its first look for an engine, compiled code to be written away. */
const settleMs = 5_000;
const loadSeconds = 2;
const mostMebibytes = 80;
const mostCpuShare = 0.001;

interface IdleFigures {
  residentMebibytes: number;
  cpuShare: number;
}

/** What the daemon takes while nobody asks it anything, after its start and after it was under load. */
export async function benchIdle(context: SectionContext): Promise<SectionResult> {
  const environments = makeEnvironments(environmentCount);
  const addresses = addressesByName(environments);
  const { idleSeconds } = context.extent;
  const daemon = await startCilo(context.bench, { place: "any", environments });
  try {
    context.say("idle daemon");
    const atStart = await measureIdle(daemon, idleSeconds);
    await putUnderLoad(context, daemon, [...addresses.keys()]);
    const afterLoad = await measureIdle(daemon, idleSeconds);
    const { problems } = await checkAnswers(daemon, localExpectations(addresses));
    return {
      name: "idle",
      title: `Idle daemon (bundle, ${addresses.size} names, ${idleSeconds} s)`,
      text: formatTable([
        ["", "resident", "CPU"],
        formatRow("after its start", atStart),
        formatRow(`after ${loadSeconds} s under load`, afterLoad),
      ]),
      data: { atStart, afterLoad },
      targets: judge(atStart),
      problems: [...problems, ...[daemon.problem() ?? []].flat()],
      omissions: [],
    };
  } finally {
    await daemon.end();
  }
}

async function putUnderLoad(
  { bench }: SectionContext,
  { port }: BenchedDaemon,
  names: readonly string[],
): Promise<void> {
  const queriesFile = join(bench.directory, "idle.txt");
  await writeFile(queriesFile, `${localQueries(names).join("\n")}\n`);
  await runDnsperf({ port, queriesFile, seconds: loadSeconds, transport: "udp", prefix: [] });
}

function formatRow(when: string, { residentMebibytes, cpuShare }: IdleFigures): string[] {
  return [when, `${residentMebibytes.toFixed(1)} MiB`, formatPercent(cpuShare, 3)];
}

function judge({ residentMebibytes, cpuShare }: IdleFigures): Target[] {
  return [
    {
      what: "idle daemon, 1,000 names, resident set",
      figure: `<= ${mostMebibytes} MiB`,
      measured: `${residentMebibytes.toFixed(1)} MiB`,
      isReached: residentMebibytes <= mostMebibytes,
    },
    {
      what: "idle daemon, 1,000 names, CPU",
      figure: `< ${formatPercent(mostCpuShare, 1)}`,
      measured: formatPercent(cpuShare, 3),
      isReached: cpuShare < mostCpuShare,
    },
  ];
}

async function measureIdle({ pid }: BenchedDaemon, seconds: number): Promise<IdleFigures> {
  await delay(settleMs);
  const before = await readThreadSeconds(pid);
  const began = performance.now();
  await delay(seconds * 1_000);
  const elapsedSeconds = (performance.now() - began) / 1_000;
  const cpuShare = ((await readThreadSeconds(pid)) - before) / elapsedSeconds;
  return { residentMebibytes: await readResidentMebibytes(pid), cpuShare };
}
