import type { ExecResult } from "../base/exec.ts";

/** What Compose writes of each object as it goes on, "Container shop-web-1  Started"; a failure is told again in a line of its own. */
const progress = /^(Container|Image|Network|Service|Volume) \S+ {2,}\S+$/;
const warning = /^(time="[^"]*" )?level=(warning|info|debug)/;
const telling = /error|fail|denied|not found|no such|cannot|invalid|conflict/i;
/** BuildKit's line between a step that failed and what that step wrote. */
const rule = "------";

/** What Compose says about a failure comes last, after its progress; of a build that failed, with the end of what the step wrote. */
export function lastLines(result: Pick<ExecResult, "stderr" | "stdout">, count = 5): string {
  const all = `${result.stdout}\n${result.stderr}`.split("\n").map((line) => line.trim());
  const lines = all.filter((line) => line !== "" && !progress.test(line) && !warning.test(line));
  const step = lines.findLastIndex((line) => line.startsWith("> ["));
  if (step !== -1) {
    const [header = "", ...written] = lines.slice(step).filter((line) => line !== rule);
    return [header, ...written.slice(-2 * count)].join("\n");
  }
  // From 2.40 on the object's progress line repeats its error.
  const once = lines.filter((line) => !lines.some((other) => line.endsWith(`  ${other}`)));
  const chosen = once.filter((line) => telling.test(line));
  return (chosen.length > 0 ? chosen : once).slice(-count).join("\n");
}
