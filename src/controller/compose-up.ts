import { CiloError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import { keyOf } from "../model/environment.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import type { ControllerContext } from "./context.ts";
import { locate } from "./locations.ts";
import { composeFileArguments } from "./prepare.ts";
import type { PreparedUp } from "./prepare-up.ts";

export interface ComposeUpOptions {
  engine: RuntimeProvider;
  operation: RunningOperation;
  /** Step that the program's lines belong to. */
  stepId: string;
  prepared: PreparedUp;
  build: boolean;
  recreate: boolean;
}

/**
 * Runs `docker compose up`. Never with -y, which would let Compose delete a volume to recreate it, and never with --wait, which fails on services that
 * have done their work (docker/compose#10596).
 * @throws CILO_UP_FAILED with the end of what Compose wrote.
 */
export async function composeUp(context: ControllerContext, options: ComposeUpOptions): Promise<void> {
  const { engine, operation, stepId, prepared } = options;
  const { environment, read, override, mustRecreate } = prepared;
  const result = await engine.compose({
    args: [
      ...composeFileArguments(environment, read, [override]),
      "up",
      "--detach",
      "--remove-orphans",
      ...(options.build ? ["--build"] : []),
      ...(options.recreate || mustRecreate ? ["--force-recreate"] : []),
    ],
    cwd: locate(context.paths, environment).project,
    env: context.env,
    signal: context.signal,
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => context.emit({ type: "output", id: stepId, line }),
  });
  await operation.clearChild();
  if (result.exitCode === 0) return;
  if (context.signal.aborted) throw new CiloError("CILO_INTERRUPTED", `up of ${keyOf(environment)} was interrupted`);
  throw new CiloError("CILO_UP_FAILED", `docker compose could not start ${keyOf(environment)}: ${lastLines(result)}`, {
    hint: `see "cilo status ${keyOf(environment)}"; mend it and run "cilo up ${keyOf(environment)}" again, or "cilo down ${keyOf(environment)}"`,
  });
}

/** What Compose says about a failure comes last; progress lines come before it. */
export function lastLines(result: Pick<ExecResult, "stderr" | "stdout">, count = 5): string {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.filter((line) => /error|fail|denied|not found|no such|cannot|invalid|conflict/i.test(line));
  return (telling.length > 0 ? telling : lines)
    .slice(-count)
    .map((line) => line.trim())
    .join("\n");
}
