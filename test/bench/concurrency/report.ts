import { formatMachine, machineFacts } from "../machine.ts";
import { formatCounts, formatList, formatSpread, formatTable } from "../markdown.ts";
import { spreadOf } from "../statistics.ts";
import { formatTargets, type Target } from "../target.ts";
import { comparePairs, type Pair, type VariantResult } from "./rounds.ts";

/** How many times as long as bare starts of Node.js creates may take (design section 10). */
const mostWallRatio = 6;

/** Everything a run of the bench brought. */
export interface Report {
  results: readonly VariantResult[];
  count: number;
  rounds: number;
  /** What else the machine did: its load average of the minute before. */
  loadAtStart: number;
}

/** The whole report as Markdown. */
export function formatReport(report: Report): string {
  const { results, count } = report;
  const parts = [
    "# Bench of concurrent `cilo create`",
    describeMethod(report),
    formatTargets(results.map((result) => judge(result, count))),
    formatFigures(results),
    ...formatList(
      "Wrong",
      results.flatMap(({ label, problems }) => problems.map((problem) => `${label}: ${problem}`)),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The whole report as data; fields are only added. */
export function toJson(report: Report): unknown {
  const targets = report.results.map((result) => judge(result, report.count));
  return { schema: 1, machine: machineFacts(), ...report, targets };
}

/** The design's figure for one variant. */
export function judge({ label, pairs, problems }: VariantResult, count: number): Target {
  const { wallRatio } = comparePairs(pairs);
  return {
    what: `${count} creates at once, ${label}`,
    figure: `all there, wall <= ${mostWallRatio} x ${count} bare starts`,
    measured: problems.length > 0 ? "not all there" : `${formatSpread(wallRatio)} x`,
    isReached: problems.length === 0 && wallRatio.median <= mostWallRatio,
  };
}

function describeMethod({ count, rounds, loadAtStart }: Report): string {
  return [
    `${formatMachine(machineFacts())}.`,
    `${count} processes of \`cilo create\` started at once, beside ${count} of \`node -e 0\` right before or after; ${rounds} rounds ` +
      "after one that does not count. Ratios are of such a pair: median (least to most). CPU time is that of the processes.",
    `Load average of the minute before: ${loadAtStart.toFixed(2)}. On a busy machine only ratios mean something.`,
  ].join("\n\n");
}

function formatFigures(results: readonly VariantResult[]): string {
  const head = ["", "create, ms", "bare, ms", "÷", "create, CPU ms", "bare, CPU ms", "÷"];
  return formatTable([head, ...results.map(formatFiguresOf)]);
}

function formatFiguresOf({ label, pairs }: VariantResult): string[] {
  const { wallRatio, cpuRatio } = comparePairs(pairs);
  const wall = (who: keyof Pair) => formatCounts(spreadOf(pairs.map((pair) => pair[who].elapsedMs)));
  const cpu = (who: keyof Pair) => {
    const known = pairs.map((pair) => pair[who].cpuSeconds).filter((seconds) => seconds !== null);
    return known.length === 0 ? "" : formatCounts(spreadOf(known.map((seconds) => seconds * 1_000)));
  };
  const cpuShare = cpuRatio === null ? "" : formatSpread(cpuRatio);
  return [label, wall("create"), wall("bare"), formatSpread(wallRatio), cpu("create"), cpu("bare"), cpuShare];
}
