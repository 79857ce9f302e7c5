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
  const { redact, active } = read.reading;
  const up = [
    ...["up", "--detach", "--remove-orphans"],
    ...(options.build ? ["--build"] : []),
    ...(options.recreate || mustRecreate ? ["--force-recreate"] : []),
  ];
  // Compose refuses to bring nothing up; what ran before no service was meant to must go all the same.
  const verb = active.length > 0 ? up : ["down", "--remove-orphans"];
  const key = keyOf(environment);
  const result = await engine.compose({
    args: [...composeFileArguments(environment, read, [override]), ...verb],
    cwd: locate(context.paths, environment).project,
    env: context.env,
    signal: context.signal,
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => context.emit({ type: "output", id: stepId, line: redact(line) }),
  });
  await operation.clearChild();
  if (result.exitCode === 0) return;
  if (context.signal.aborted) {
    throw new CiloError("CILO_INTERRUPTED", `starting ${key} was interrupted`, {
      hint: `go on with "cilo up ${key}", or clean up with "cilo down ${key}"`,
    });
  }
  throw new CiloError("CILO_UP_FAILED", `docker compose could not start ${key}: ${redact(lastLines(result))}`, {
    hint: `see "cilo status ${key}"; mend it and run "cilo up ${key}" again, or "cilo down ${key}"`,
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
