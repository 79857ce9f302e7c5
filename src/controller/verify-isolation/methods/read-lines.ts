import { isIP } from "node:net";
import { type Outcome, toOutcome } from "../outcome.ts";

/** The engine's own DNS, as containers see it. */
const engineDns = "127.0.0.11";

/**
 * Reads what a method wrote of connections.
 * @returns one outcome a question; `unknown` where it wrote none.
 */
export function readOutcomes(output: string, count: number): Outcome[] {
  const lines = readLines(output);
  return Array.from({ length: count }, (_, number) => {
    const line = lines.get(number);
    return line === undefined ? "unknown" : toOutcome(line.exitCode, line.text);
  });
}

/**
 * Reads what a method wrote of lookups.
 * @returns the addresses in each answer; empty for an answer without any and where there was none in time, null where
 * the method wrote nothing.
 */
export function readAddresses(output: string, count: number): (string[] | null)[] {
  const lines = readLines(output);
  return Array.from({ length: count }, (_, number) => {
    const line = lines.get(number);
    if (line === undefined) return null;
    const words = line.text.split(/[\s,()]+/).filter((word) => isIP(word) !== 0 && word !== engineDns);
    return [...new Set(words)];
  });
}

function readLines(output: string): Map<number, { exitCode: number; text: string }> {
  const lines = new Map<number, { exitCode: number; text: string }>();
  for (const line of output.split("\n")) {
    const [, number, exitCode, text = ""] = /^(\d{1,6}) (\d{1,3})(?: (.*))?$/.exec(line.trimEnd()) ?? [];
    if (number !== undefined) lines.set(Number(number), { exitCode: Number(exitCode), text });
  }
  return lines;
}
