import { styleText } from "node:util";
import type { Severity } from "../../doctor/check.ts";
import type { NamedFinding } from "../../doctor/run-checks.ts";
import { toLine } from "./line.ts";

/** What matters most stands last, where the eye is when the command has ended. */
const order: readonly Severity[] = ["ok", "info", "warning", "problem"];

const styles = { ok: "green", info: "cyan", warning: "yellow", problem: "red" } as const;

/** Spaces between two columns. */
const gap = "  ";

/**
 * What `cilo doctor` prints: a line a finding, below it what to do about it, and last the sum of all.
 * @param options.styled whether the text may be coloured.
 * @param options.offersFix whether `--fix` is still to be pointed to.
 */
export function renderDiagnosis(
  findings: readonly NamedFinding[],
  { styled, offersFix }: { styled: boolean; offersFix: boolean },
): string {
  const widths = {
    severity: Math.max(0, ...findings.map(({ severity }) => severity.length)),
    check: Math.max(0, ...findings.map(({ check }) => check.length)),
  };
  const indent = " ".repeat(widths.severity + widths.check + 2 * gap.length);
  const lines = order.flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .flatMap(({ check, message, hint, command }) => {
        const word = severity.padEnd(widths.severity);
        const head = styled ? styleText(styles[severity], word, { validateStream: false }) : word;
        return [
          `${head}${gap}${check.padEnd(widths.check)}${gap}${toLine(message)}`,
          ...(hint === null ? [] : [`${indent}hint: ${toLine(hint)}`]),
          ...(command === null ? [] : [`${indent}run: ${toLine(command)}`]),
        ];
      }),
  );
  return [...lines, "", summaryOf(findings, offersFix)].map((line) => `${line}\n`).join("");
}

/** "1 problem, 2 warnings; "cilo doctor --fix" mends 2 of them" */
function summaryOf(findings: readonly NamedFinding[], offersFix: boolean): string {
  const problems = findings.filter(({ severity }) => severity === "problem");
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const counts = [
    ...(problems.length === 0 ? [] : [countOf(problems.length, "problem")]),
    ...(warnings.length === 0 ? [] : [countOf(warnings.length, "warning")]),
  ];
  if (counts.length === 0) return "no problems";
  const total = problems.length + warnings.length;
  const fixable = [...problems, ...warnings].filter((finding) => finding.fixable).length;
  if (fixable === 0 || !offersFix) return counts.join(", ");
  const which = total === 1 ? "it" : fixable === total ? "all of them" : `${fixable} of them`;
  return `${counts.join(", ")}; "cilo doctor --fix" mends ${which}`;
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
