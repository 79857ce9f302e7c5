import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "./base/clock.ts";
import { CiloError } from "./base/errors.ts";
import { resolvePaths } from "./base/paths.ts";
import type { CliContext } from "./cli/cli-context.ts";
import { type EndingSignals, listenForEndingSignals } from "./cli/ending-signals.ts";
import { toInterruption } from "./cli/interruption.ts";
import { guardOutput } from "./cli/output-guard.ts";
import { runProgram } from "./cli/program.ts";
import { errorToJson, renderError, supportsColor } from "./cli/render/errors.ts";
import { createControlClient } from "./control/client.ts";
import { formatEndpoint } from "./resolver/setup-options.ts";
import { loadTemplate } from "./resolver/templates.ts";
import { resolveEndpoint } from "./runtime/docker/endpoint.ts";
import { createDockerProvider } from "./runtime/docker/provider.ts";
import { createStateStore } from "./state/store.ts";

const packageDirectory = join(import.meta.dirname, "..");

/**
 * Runs the program on a command line.
 * @returns the exit code.
 */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const version = readVersion();
  const stdout = guardOutput(process.stdout);
  // When stderr cannot be written to there is nobody left to tell.
  guardOutput(process.stderr);
  using signals = listenForEndingSignals({
    source: process,
    monotonicMs: systemClock.monotonicMs,
    force: (exitCode) => process.exit(exitCode),
  });
  const outcome: Outcome = { exitCode: 0, errorsAsJson: false };
  const report = (error: unknown) => {
    const rendered = renderError(error, { styled: supportsColor(process.stderr, env), version });
    process.stderr.write(rendered.text);
    // `exec` and `compose` have set 125 by now: the failure is ours, not their child's.
    outcome.exitCode ||= rendered.exitCode;
  };
  try {
    await runProgram(createContext({ env, version, signals, outcome }), args);
  } catch (thrown) {
    const error = signals.signal.aborted ? toInterruption(thrown) : thrown;
    report(error);
    // Nobody's failure, so that it is no 125 either.
    if (isInterruption(error)) outcome.exitCode = signals.exitCode() ?? outcome.exitCode;
    if (outcome.errorsAsJson) process.stdout.write(`${JSON.stringify(errorToJson(error, outcome.exitCode))}\n`);
  }
  await stdout.flush();
  const cause = stdout.failure();
  if (cause !== null)
    report(new CiloError("CILO_OUTPUT_FAILED", `cannot write to stdout: ${cause.message}`, { cause }));
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
  signals: EndingSignals;
  outcome: Outcome;
}

function createContext({ env, version, signals, outcome }: ContextOptions): CliContext {
  const { signal } = signals;
  const paths = resolvePaths(env);
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
    signals,
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
      openRuntime: (endpoint, limits = {}) => createDockerProvider({ endpoint, env, signal, limits }),
      emit,
    }),
    async runDaemon(options) {
      const [{ runDaemon }, { createLogger }] = await Promise.all([
        import("./daemon/main.ts"),
        import("./base/log.ts"),
      ]);
      const log = createLogger("info");
      const openRuntime = (endpoint: string) => createDockerProvider({ endpoint, env });
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

function isInterruption(error: unknown): boolean {
  return error instanceof CiloError && error.code === "CILO_INTERRUPTED";
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDirectory, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
