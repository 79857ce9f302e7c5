import type { Check, CheckFinding } from "../../controller/verify-isolation/check.ts";
import type { IsolationReport } from "../../controller/verify-isolation.ts";
import { toLine } from "./line.ts";
import { renderTable } from "./table.ts";

/** Findings of one check that are shown; `--json` has all of them. */
const maxShown = 10;

/** What `cilo verify` prints: one line a check with what it found below, failures first, and the verdict at the end. */
export function renderIsolation(report: IsolationReport): string {
  const ranking = ["failed", "unproven", "ok"];
  const checks = [...report.checks].sort((a, b) => ranking.indexOf(a.status) - ranking.indexOf(b.status));
  const lines = renderTable(checks.map((check) => [check.status, describeCheck(check), check.summary])).split("\n");
  const blocks = checks.flatMap((check, index) => [lines[index] ?? "", ...renderFindings(check)]);
  return `${blocks.join("\n")}\n\n${renderVerdict(report)}\n`;
}

function describeCheck({ name, from, to }: Check): string {
  return from === null ? name : `${name} ${from} -> ${to}`;
}

function renderFindings({ findings }: Check): string[] {
  const shown = findings.slice(0, maxShown).flatMap(renderFinding);
  const hidden = findings.length - maxShown;
  return hidden > 0 ? [...shown, `  and ${hidden} more, all of them with --json`] : shown;
}

function renderFinding({ status, message, hint }: CheckFinding): string[] {
  const line = toLine(`  ${status === "note" ? "note" : status}: ${message}`);
  return hint === null ? [line] : [line, toLine(`    hint: ${hint}`)];
}

function renderVerdict({ isolated, environments, checks, probes }: IsolationReport): string {
  const pair = environments.map(({ project, name }) => `${project}/${name}`).join(" and ");
  if (isolated)
    return `${pair} are isolated: ${probes.total} probes${isSample(probes) ? " (a sample)" : ""}, none arrived`;
  const failed = checks.filter(({ status }) => status === "failed").length;
  if (failed > 0)
    return `${pair} are not isolated: ${probes.total} probes, ${probes.arrived} arrived; ${failed} of ${checks.length} checks failed`;
  return `${pair} are not proven to be isolated: ${probes.total} probes, none arrived, but not everything could be looked at`;
}

function isSample({ coverage }: IsolationReport["probes"]): boolean {
  return coverage.some(({ places, targets, names }) => [places, targets, names].some(({ probed, of }) => probed < of));
}
