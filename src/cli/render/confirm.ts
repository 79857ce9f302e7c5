import { createInterface } from "node:readline/promises";
import type { Terminal } from "../cli-context.ts";

/**
 * Asks a question on stderr.
 * @returns true for "y" or "yes" only; without a terminal nobody can answer, so false.
 */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  terminal.stderr.write(question);
  if (terminal.stdin.isTTY !== true) {
    terminal.stderr.write("\n");
    return false;
  }
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    const answer = await lines.question("");
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
