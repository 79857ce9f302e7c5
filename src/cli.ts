import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "./base/clock.ts";
import { CiloError } from "./base/errors.ts";
import { endingSignals } from "./base/forward-signals.ts";
import { resolvePaths } from "./base/paths.ts";
import type { CliContext } from "./cli/cli-context.ts";
import { createInterruption } from "./cli/interruption.ts";
import { guardOutput } from "./cli/output-guard.ts";
import { runProgram } from "./cli/program.ts";
import { errorToJson, renderError, supportsColor } from "./cli/render/errors.ts";
import { createControlClient } from "./control/client.ts";
import { formatEndpoint } from "./resolver/setup-options.ts";
import { loadTemplate } from "./resolver/templates.ts";
import { resolveEndpoint } from "./runtime/docker/endpoint.ts";
import { createDockerProvider } from "./runtime/docker/provider.ts";
import { createStateStore } from "./state/store.ts";

const packageDirectory = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Runs the program on a command line.
 * @returns the exit code.
 */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const version = readVersion();
  const stdout = guardOutput(process.stdout);
  // When stderr cannot be written to there is nobody left to tell.
  guardOutput(process.stderr);
  const interrupt = new AbortController();
  const stopListening = listenForSignals(interrupt);
  const outcome: Outcome = { exitCode: 0, errorsAsJson: false };
  const report = (error: unknown) => {
    const rendered = renderError(error, { styled: supportsColor(process.stderr, env), version });
    process.stderr.write(rendered.text);
    // `exec` and `compose` have set 125 by now: the failure is ours, not their child's.
    outcome.exitCode ||= rendered.exitCode;
  };
  try {
    await runProgram(createContext({ env, version, signal: interrupt.signal, outcome }), args);
  } catch (thrown) {
    const error = interrupt.signal.aborted ? toInterruption(thrown) : thrown;
    report(error);
    if (outcome.errorsAsJson) process.stdout.write(`${JSON.stringify(errorToJson(error))}\n`);
  }
  await stdout.flush();
  const cause = stdout.failure();
  if (cause !== null)
    report(new CiloError("CILO_OUTPUT_FAILED", `cannot write to stdout: ${cause.message}`, { cause }));
  stopListening();
  return outcome.exitCode;
}

/** What the commands say of how they went. */
interface Outcome {
  exitCode: number;
  errorsAsJson: boolean;
}

interface ContextOptions {
  env: NodeJS.ProcessEnv;
  version: string;
  signal: AbortSignal;
  outcome: Outcome;
}

function createContext({ env, version, signal, outcome }: ContextOptions): CliContext {
  const paths = resolvePaths(env);
  const openRuntime = (endpoint: string) => createDockerProvider({ endpoint, env });
  return {
    terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    env,
    version,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
    setExitCode: (code) => {
      outcome.exitCode = code;
    },
    reportErrorsAsJson: () => {
      outcome.errorsAsJson = true;
    },
    readTemplate: (name) => loadTemplate(join(packageDirectory, "resolver-setup"), name),
    controller: (emit) => ({
      paths,
      env,
      cwd: process.cwd(),
      platform: process.platform,
      clock: systemClock,
      signal,
      store: createStateStore({ paths }),
      control: createControlClient(paths),
      resolveEndpoint: () => resolveEndpoint({ env }),
      openRuntime,
      emit,
    }),
    async runDaemon(options) {
      const [{ runDaemon }, { createLogger }] = await Promise.all([
        import("./daemon/main.ts"),
        import("./base/log.ts"),
      ]);
      const log = createLogger("info");
      await runDaemon({ paths, version, openRuntime, log, signal, onReady: announce }, options);
    },
  };
}

/** A person at a terminal is told in words what the log says in JSON. */
function announce({ address, port, upstreams }: { address: string; port: number; upstreams: readonly string[] }): void {
  if (!process.stderr.isTTY) return;
  const elsewhere = upstreams.length === 0 ? "no server for other names" : `other names go to ${upstreams.join(", ")}`;
  process.stderr.write(`answering on ${formatEndpoint(address, port)}, ${elsewhere}; Ctrl-C stops\n`);
}

/** Whatever a wait was cut short with, the user's own interruption is no bug. */
function toInterruption(thrown: unknown): unknown {
  const isAbort = thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "ABORT_ERR");
  return isAbort ? createInterruption(thrown) : thrown;
}

/** The first signal asks what is under way to stop; a second one ends the process. */
function listenForSignals(interrupt: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) process.exit(128 + constants.signals[signal]);
    interrupt.abort();
  };
  for (const signal of endingSignals) process.on(signal, onSignal);
  return () => {
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDirectory, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
