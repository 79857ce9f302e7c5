import { formatMachine, machineFacts } from "../bench/machine.ts";
import { formatList, formatTable } from "../bench/markdown.ts";
import { quantile } from "../bench/statistics.ts";
import type { StormRun } from "./run-commands.ts";
import type { StormResult } from "./run-storm.ts";
import { stormKinds } from "./storm-plan.ts";

/** A storm's summary as Markdown. */
export function formatStorm(result: StormResult): string {
  const { options, runs, elapsedMs, before, mended, problems, statuses } = result;
  const cutOff = runs.filter(({ command }) => command.interruption !== null);
  const parts = [
    "# Storm of commands",
    `${formatMachine(machineFacts())}. Seed ${options.seed}: ${options.commands} commands over ${options.environments} environments of ` +
      `two projects, 8 in flight, ${cutOff.length} of them cut off by SIGKILL or SIGINT; ${(elapsedMs / 1_000).toFixed(1)} s.`,
    problems.length === 0
      ? "**State, engine, files and names agree; nothing was lost.**"
      : `**${problems.length} problems.**`,
    ...formatList("Wrong", problems),
    `## Commands by exit code\n\n${formatCodes(runs)}`,
    `## Environments at the end\n\n${formatTable([["status", "environments"], ...Object.entries(statuses).map(([status, count]) => [status, String(count)])])}`,
    ...formatList("What did not agree before `cilo doctor --fix --yes`", before),
    ...formatList("What it said", mended),
  ];
  return `${parts.join("\n\n")}\n`;
}

function formatCodes(runs: readonly StormRun[]): string {
  const codes = [...new Set(runs.map(codeOf))].sort();
  const rows = stormKinds.flatMap((kind) => {
    const ofKind = runs.filter(({ command }) => command.kind === kind);
    if (ofKind.length === 0) return [];
    const times = ofKind.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs);
    const counts = codes.map((code) => ofKind.filter((run) => codeOf(run) === code).length);
    return [
      [
        kind,
        String(ofKind.length),
        ...counts.map((count) => (count === 0 ? "" : String(count))),
        ...[0.5, 1].map((share) => quantile(times, share).toFixed(0)),
      ],
    ];
  });
  return formatTable([["command", "runs", ...codes, "median ms", "longest ms"], ...rows]);
}

function codeOf({ exitCode, isStuck }: StormRun): string {
  return isStuck ? "stuck" : exitCode === null ? "killed" : `exit ${exitCode}`;
}
