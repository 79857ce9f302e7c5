import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { userLayerPath } from "../compose/user-layer.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import type { ControllerContext } from "./context.ts";
import { findStrangersImages } from "./images.ts";
import { lastLines } from "./last-lines.ts";
import { locate } from "./locations.ts";
import type { PreparedUp } from "./prepare-up.ts";
import { describeSilence, longSilenceMs, watchSilence } from "./watch-silence.ts";
import { watchWaiting } from "./watch-waiting.ts";
import { composeFileArguments } from "./write-override.ts";

export interface ComposeUpOptions {
  engine: RuntimeProvider;
  installation: string;
  operation: RunningOperation;
  /** Step that the program's lines belong to. */
  stepId: string;
  prepared: PreparedUp;
  build: boolean;
  recreate: boolean;
  /** How long services that others wait for may take to become healthy. */
  timeoutMs: number;
}

/** What Compose writes is read, whatever the user's shell asks it to write. */
const plainProgress = ["--progress", "plain"];
const unread = { COMPOSE_PROGRESS: undefined, COMPOSE_ANSI: undefined };

/**
 * Runs `docker compose up`, after building what only seems to be built, and removes what is not meant to run any more. Never with -y, which would let Compose delete a volume to recreate it, and never with
 * --wait, which fails on services that have done their work (docker/compose#10596).
 * @throws CILO_UP_FAILED with the end of what Compose wrote; details.awaited has the services that others waited for in vain.
 */
export async function composeUp(context: ControllerContext, options: ComposeUpOptions): Promise<void> {
  const { environment, read, leaving } = options.prepared;
  // Compose refuses to bring nothing up.
  if (read.reading.active.length > 0) await up(context, options);
  faultPoint("up.services-started");
  if (leaving.length === 0) return;
  // Compose finds them by their labels: what is off is in no file it would read.
  const args = ["--project-name", environment.composeProject, "rm", "--stop", "--force", ...leaving];
  await runCompose(context, options, { args, cwd: context.paths.home, purpose: "remove what is off in" });
  faultPoint("up.off-removed");
}

async function up(context: ControllerContext, options: ComposeUpOptions): Promise<void> {
  const { environment, read, override, mustRecreate } = options.prepared;
  const files = composeFileArguments(environment, read, { override });
  const cwd = locate(context.paths, environment).project;
  const toBuild = options.build ? [] : await findToBuild(context, options);
  if (toBuild.length > 0) {
    await runCompose(context, options, { args: [...files, "build", ...toBuild], cwd, purpose: "build images of" });
  }
  const verb = [
    ...["up", "--detach", "--remove-orphans"],
    ...(options.build ? ["--build"] : []),
    ...(options.recreate || mustRecreate ? ["--force-recreate"] : []),
  ];
  await runCompose(context, options, { args: [...files, ...verb], cwd, purpose: "start" });
}

/** The services whose image is there and is another's; what is missing altogether Compose builds by itself. */
async function findToBuild(context: ControllerContext, options: ComposeUpOptions): Promise<string[]> {
  const { engine, installation, prepared } = options;
  const { environment, builtImages: built } = prepared;
  if (built.size === 0) return [];
  const strangers = findStrangersImages({ installation, environment, built }, await engine.listImages({}));
  for (const [service, names] of strangers) {
    const text = `builds ${service}: what is called ${names.join(" and ")} was not built for this environment`;
    context.emit({ type: "info", text });
  }
  return [...strangers.keys()];
}

interface ComposeCall {
  args: readonly string[];
  cwd: string;
  /** What is done to the environment by it, for the error. */
  purpose: string;
}

async function runCompose(context: ControllerContext, options: ComposeUpOptions, call: ComposeCall): Promise<void> {
  const { engine, operation, stepId, prepared, timeoutMs } = options;
  const { environment, read } = prepared;
  const { redact } = read.reading;
  using waiting = watchWaiting(timeoutMs, (container) => !isJob(environment, container));
  using silence = watchSilence(longSilenceMs, (lastLine) =>
    context.emit({ type: "info", text: redact(describeSilence(lastLine)) }),
  );
  const result = await engine.compose({
    args: [...plainProgress, ...call.args],
    cwd: call.cwd,
    env: { ...context.env, ...unread },
    usesEngine: true,
    signal: AbortSignal.any([context.signal, waiting.signal]),
    onStart: (pid) => operation.recordChild(pid),
    onLine: (line) => {
      waiting.note(line);
      silence.note(line);
      context.emit({ type: "output", id: stepId, line: redact(line) });
    },
  });
  if (result.exitCode === 0) return;
  const key = keyOf(environment);
  if (context.signal.aborted) {
    throw new CiloError("CILO_INTERRUPTED", `starting ${key} was interrupted`, {
      hint: `go on with "cilo up ${key}", or clean up with "cilo down ${key}"`,
    });
  }
  if (waiting.signal.aborted) throw waitedTooLong(environment, { timeoutMs, containers: waiting.awaited() });
  const words = redact(lastLines(result));
  throw new CiloError("CILO_UP_FAILED", `docker compose could not ${call.purpose} ${key}: ${words}`, {
    hint: hintFor(key, words),
  });
}

function waitedTooLong(
  environment: Environment,
  { timeoutMs, containers }: { timeoutMs: number; containers: readonly string[] },
): CiloError {
  const key = keyOf(environment);
  const awaited = containers.flatMap((container) => serviceOf(environment, container) ?? []);
  return new CiloError(
    "CILO_UP_FAILED",
    `${key} did not come up: others waited more than ${timeoutMs / 1000} s for ${awaited.join(", ")}`,
    { hint: `give it longer with "cilo up ${key} --timeout SECONDS"`, details: { awaited } },
  );
}

/** The service of a container that has the name Compose gives. */
function serviceOf({ composeProject, services }: Environment, container: string): string | null {
  const name = container.startsWith(`${composeProject}-`) ? container.slice(composeProject.length + 1) : "";
  const service = name.replace(/-\d+$/, "");
  return Object.hasOwn(services, service) ? service : null;
}

function isJob(environment: Environment, container: string): boolean {
  const service = serviceOf(environment, container);
  return service !== null && environment.services[service]?.purpose === "job";
}

/** Only the user's own layer publishes ports, and only one container can have each. */
function hintFor(key: string, words: string): string {
  return /port is already allocated|bind.*address already in use/i.test(words)
    ? `take the port out of ${userLayerPath}, or stop what has it ("docker ps --filter publish=PORT"), then run "cilo up ${key}" again`
    : `see "cilo status ${key}"; mend it and run "cilo up ${key}" again, or "cilo down ${key}"`;
}
