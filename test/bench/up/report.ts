import { formatMachine, machineFacts } from "../machine.ts";
import { formatCounts, formatList, formatSpread, formatTable } from "../markdown.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { formatTargets, type Target } from "../target.ts";
import { type ContenderLabel, contenderLabels } from "./contenders.ts";
import { compareRounds, type Measured, type Phase, phases, type Rounds } from "./rounds.ts";

/** How much longer than the plain side `cilo up` may take: a share of it or so many milliseconds, whichever is more. */
const mostExtraShare = 0.2;
const mostExtraMs = 300;

/** What was measured of projects of one size. */
export interface SizeResult {
  /** Number of services. */
  size: number;
  rounds: Rounds;
  /** What makes the figures worthless. */
  problems: readonly string[];
}

/** Everything a run of the bench brought. */
export interface Report {
  results: readonly SizeResult[];
  rounds: number;
  /** Of the engine and of Docker Compose. */
  versions: { engine: string; compose: string };
  /** What else the machine did: its load average of the minute before. */
  loadAtStart: number;
}

/** The whole report as Markdown. */
export function formatReport(report: Report): string {
  const { results } = report;
  const parts = [
    "# Bench of `cilo up`",
    describeMethod(report),
    formatTargets(results.flatMap(judge)),
    ...results.map((result) => `## ${formatSize(result.size)}\n\n${formatRounds(result.rounds)}`),
    ...formatList(
      "Wrong",
      results.flatMap(({ problems }) => problems),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The whole report as data; fields are only added. */
export function toJson({ results, ...report }: Report): unknown {
  return {
    schema: 1,
    machine: machineFacts(),
    ...report,
    targets: results.flatMap(judge),
    results: results.map(({ rounds, ...result }) => ({ ...result, rounds: Object.fromEntries(rounds) })),
  };
}

/** The design's figure for both ways `up` is used, with a DNS server and without. */
export function judge({ size, rounds }: SizeResult): Target[] {
  const pairs = (["cold", "warm"] as const).flatMap((phase) =>
    (["cilo", "cilo + DNS"] as const).map((label) => ({ phase, label })),
  );
  return pairs.map(({ phase, label }) => {
    const { ratio, extraMs } = compareRounds(rounds, { label, to: "plain", phase });
    return {
      what: `${phase} up, ${formatSize(size)}, ${label}`,
      figure: `<= +${mostExtraShare * 100} % or +${mostExtraMs} ms`,
      measured: `${formatSpread(ratio)} x, ${formatMilliseconds(extraMs)} ms more`,
      isReached: ratio.median <= 1 + mostExtraShare || extraMs.median <= mostExtraMs,
    };
  });
}

function describeMethod({ rounds, versions, loadAtStart }: Report): string {
  return [
    `${formatMachine(machineFacts())}, Docker Engine ${versions.engine}, Docker Compose ${versions.compose}.`,
    `${rounds} rounds after one that does not count; who begins changes with every round, and ratios and differences are of ` +
      "rounds next to each other: median (least to most).",
    methodNote,
    `Load average of the minute before: ${loadAtStart.toFixed(2)}. ${noiseNote}`,
  ].join("\n\n");
}

const methodNote =
  "*plain, as it returns* is `docker compose up -d`, which returns when the containers were started. *plain + waiting* goes on " +
  "until the same is true that `cilo up` waits for: every container runs, is healthy where it has a health check, and has " +
  "run for 0.7 s where it has none, so that one which dies at once is not taken for one that runs. It asks the engine at " +
  "the very moment at which that can be true. *cold*: no container is there; *warm*: all of them run already.";

const noiseNote =
  "On another machine, or a busy one, only ratios and differences mean something. CPU time is that of the programs that " +
  "were run, not the engine's.";

function formatSize(size: number): string {
  return size === 1 ? "1 service" : `${size} services`;
}

function formatRounds(rounds: Rounds): string {
  const head = ["", "who", "ms, median (range)", "÷ plain + waiting", "ms more", "CPU ms", "CPU ms more"];
  return formatTable([head, ...phases.flatMap((phase) => formatPhase(rounds, phase))]);
}

function formatPhase(rounds: Rounds, phase: Phase): string[][] {
  const spread = (label: ContenderLabel, figure: (measured: Measured) => number | null) =>
    formatSpreadOf((rounds.get(label) ?? []).map((round) => figure(round[phase])));
  const asItReturns =
    phase === "down"
      ? []
      : [[phase, "plain, as it returns", spread("plain", ({ commandMs }) => commandMs), "", "", "", ""]];
  const others = contenderLabels.map((label) => {
    const own = [spread(label, ({ elapsedMs }) => elapsedMs), spread(label, ({ cpuMs }) => cpuMs)];
    if (label === "plain") return [phase, phase === "down" ? "plain" : "plain + waiting", own[0], "", "", own[1], ""];
    const { ratio, extraMs, extraCpuMs } = compareRounds(rounds, { label, to: "plain", phase });
    const extraCpu = extraCpuMs === null ? "" : formatMilliseconds(extraCpuMs);
    return [phase, label, own[0], formatSpread(ratio), formatMilliseconds(extraMs), own[1], extraCpu];
  });
  return [...asItReturns, ...others].map((row) => row.map((cell) => cell ?? ""));
}

function formatSpreadOf(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? "" : formatCounts(spreadOf(known));
}

/** "+120 (+98 to +240)" */
function formatMilliseconds({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map((value) => `${value < 0 ? "" : "+"}${Math.round(value)}`);
  return `${middle} (${least} to ${most})`;
}
