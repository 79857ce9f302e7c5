import { createRequire } from "node:module";
import { formatMachine, machineFacts } from "../machine.ts";
import { formatList } from "../markdown.ts";
import { formatTargets } from "../target.ts";
import type { Extent, SectionName } from "./options.ts";
import { explainMissing, type Installed } from "./packages.ts";
import type { SectionResult } from "./section-result.ts";
import type { Workbench } from "./workbench.ts";

/** Everything a run of the bench brought. */
export interface Report {
  results: readonly SectionResult[];
  /** Parts that could not be run without dnsperf. */
  skipped: readonly SectionName[];
  installed: Installed;
  cpus: Workbench["cpus"];
  extent: Extent;
  /** What else the machine did: its load average of the minute before. */
  loadAtStart: number;
}

/** The whole report as Markdown. */
export function formatReport(report: Report): string {
  const { results } = report;
  const targets = results.flatMap((result) => result.targets);
  const parts = [
    "# DNS bench",
    describeMachine(report),
    formatTargets(targets),
    ...results.map(({ title, text }) => `## ${title}\n\n${text}`),
    ...formatList("Not measured", listOmissions(report)),
    ...formatList(
      "Wrong",
      results.flatMap(({ problems }) => problems),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The whole report as data; fields are only added. */
export function toJson(report: Report): unknown {
  return { schema: 1, machine: { ...machineFacts(), dns2: readDns2Version() }, ...report };
}

function describeMachine({ installed, cpus, extent, loadAtStart }: Report): string {
  const versions = Object.entries(installed).map(([name, version]) => `${name} ${version ?? "missing"}`);
  const places =
    cpus === null
      ? "Server and load generator share the CPUs."
      : `A server under load has CPU ${cpus.server} to itself, the load generator CPU ${cpus.load}.`;
  return [
    `${formatMachine(machineFacts())}, dns2 ${readDns2Version()}, ${versions.join(", ")}.`,
    `${places} ${extent.rounds} rounds of ${extent.roundSeconds} s each after one that does not count; ${methodNote}`,
    `Load average of the minute before: ${loadAtStart.toFixed(2)}. ${noiseNote}`,
  ].join("\n\n");
}

const methodNote = "who begins changes with every round, and ratios are of rounds next to each other.";

const noiseNote =
  "On another machine, or a busy one, only the ratios mean something. A server whose CPU is not nearly all in use " +
  "was waiting for the load generator or for somebody else's process; its CPU time per query says more than its rate.";

function listOmissions({ results, skipped, installed }: Report): string[] {
  const reason = skipped.length === 0 ? [] : explainMissing(installed, ["dnsperf"]);
  return [...new Set([...skipped, ...reason, ...results.flatMap(({ omissions }) => omissions)])];
}

function readDns2Version(): string {
  const { version } = createRequire(import.meta.url)("dns2/package.json");
  return String(version);
}
