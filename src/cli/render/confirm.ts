import { createInterface } from "node:readline";
import type { Terminal } from "../cli-context.ts";
import { createInterruption } from "../interruption.ts";
import { toLine } from "./line.ts";

export interface Question {
  /** What there is to know first, a line each. */
  facts: readonly string[];
  /** What is asked, on a line of its own. */
  question: string;
  /** Aborted: nobody waits for the answer any more. */
  signal: AbortSignal;
}

/**
 * Asks a question on stderr.
 * @returns true for "y" or "yes" only. Without a terminal nobody can answer, and Ctrl-D is no answer: false.
 * @throws CILO_INTERRUPTED on Ctrl-C and when the signal is aborted meanwhile; the reason of one that was before.
 */
export async function confirm(terminal: Terminal, { facts, question, signal }: Question): Promise<boolean> {
  const { stdin, stderr } = terminal;
  stderr.write(facts.map((fact) => `${toLine(fact)}\n`).join(""));
  const prompt = `${toLine(question)} [y/N] `;
  if (stdin.isTTY !== true) {
    stderr.write(`${prompt}\n`);
    return false;
  }
  signal.throwIfAborted();
  const answer = await askLine(terminal, prompt, signal);
  // The cursor still stands behind the question.
  if (answer === null) stderr.write("\n");
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}

/** A line from the terminal, null at its end. */
function askLine({ stdin, stderr }: Terminal, prompt: string, signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: stdin, output: stderr });
  return new Promise<string | null>((resolve, reject) => {
    const interrupt = () => {
      stderr.write("\n");
      reject(createInterruption(signal.reason));
    };
    signal.addEventListener("abort", interrupt, { once: true });
    // While a line is edited the terminal makes no signal of Ctrl-C.
    lines.once("SIGINT", interrupt);
    lines.once("close", () => {
      signal.removeEventListener("abort", interrupt);
      resolve(null);
    });
    lines.question(prompt, resolve);
  }).finally(() => lines.close());
}
