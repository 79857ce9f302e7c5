/**
 * A way to ask many questions from inside a container with what an image has. Its program ends by itself, gives each
 * question the time it is told and no more, and writes a line a question, in any order: the question's number from 0,
 * then what came of it.
 */
export interface ProbeMethod {
  /** What it works with, for people: "nc", "python3". */
  name: string;
  /** @param questions for a connection "address" and "port" in turn, for a lookup the name. */
  command(questions: readonly string[], timeoutSeconds: number): string[];
}

/** How many questions a method made of a shell asks at once: each is a process or two, and containers limit those. */
export const questionsAtOnce = 32;
