import type { ProbeMethod } from "./methods/probe-method.ts";
import type { ProbeProblem } from "./probe-report.ts";
import type { Executor, Prober } from "./prober.ts";

/** Questions to which the answer is known, and how to tell from what a method wrote whether it came. */
export interface Control {
  /** As `ProbeMethod.command` takes them. */
  questions: readonly string[];
  count: number;
  /** Whether one of them was answered as it should be. */
  isAnswered(output: string): boolean;
  /** Whether the method was able to try at all. */
  isTried(output: string): boolean;
}

/** A method, and the container in which it was seen to work. */
export interface FoundMethod {
  executor: Executor;
  method: ProbeMethod;
}

/** A way to find one, and what it is measured by. */
export interface MethodSearch {
  methods: readonly ProbeMethod[];
  control: Control;
}

/**
 * Finds the first method that gets a right answer in a container: only then does a silence of it mean anything. Where
 * some could try and none had success it looks once more, as a loaded machine may be too slow once.
 * @returns else why there is none.
 */
export async function findMethod(
  prober: Prober,
  executor: Executor,
  search: MethodSearch,
): Promise<FoundMethod | ProbeProblem> {
  const found = await findOnce(prober, executor, search);
  return found === "control-failed" ? await findOnce(prober, executor, search) : found;
}

async function findOnce(
  prober: Prober,
  executor: Executor,
  { methods, control }: MethodSearch,
): Promise<FoundMethod | ProbeProblem> {
  if (control.count === 0) return "control-failed";
  let isTried = false;
  for (const method of methods) {
    const output = await prober.ask(executor, method, { values: control.questions, count: control.count });
    if (output === null) continue;
    if (control.isAnswered(output)) return { executor, method };
    isTried ||= control.isTried(output);
  }
  return isTried ? "control-failed" : "no-tools";
}
