import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "./base/clock.ts";
import { CiloError } from "./base/errors.ts";
import { resolvePaths } from "./base/paths.ts";
import type { CliContext } from "./cli/cli-context.ts";
import { runProgram } from "./cli/program.ts";
import { errorToJson, renderError, supportsColor } from "./cli/render/errors.ts";
import { createControlClient } from "./control/client.ts";
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
  const interrupt = new AbortController();
  const stopListening = listenForSignals(interrupt);
  let exitCode = 0;
  const cli = createContext({ env, version, signal: interrupt.signal, setExitCode: (code) => (exitCode = code) });
  try {
    await runProgram(cli, args);
    return exitCode;
  } catch (thrown) {
    const error = interrupt.signal.aborted ? toInterruption(thrown) : thrown;
    const rendered = renderError(error, { styled: supportsColor(process.stderr, env), version });
    process.stderr.write(rendered.text);
    if (args.includes("--json")) process.stdout.write(`${JSON.stringify(errorToJson(error))}\n`);
    // `exec` and `compose` have set 125 by now: the failure is ours, not their child's.
    return exitCode === 0 ? rendered.exitCode : exitCode;
  } finally {
    stopListening();
  }
}

interface ContextOptions {
  env: NodeJS.ProcessEnv;
  version: string;
  signal: AbortSignal;
  setExitCode: (code: number) => void;
}

function createContext({ env, version, signal, setExitCode }: ContextOptions): CliContext {
  const paths = resolvePaths(env);
  const openRuntime = (endpoint: string) => createDockerProvider({ endpoint, env });
  return {
    terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    env,
    version,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
    setExitCode,
    readTemplate: (name) => loadTemplate(join(packageDirectory, "resolver-setup"), name),
    controller: (emit) => ({
      paths,
      env,
      cwd: process.cwd(),
      platform: process.platform,
      clock: systemClock,
      signal,
      store: createStateStore({ paths }),
      control: createControlClient(paths.socket),
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
  process.stderr.write(`answering on ${address}:${port}, ${elsewhere}; Ctrl-C stops\n`);
}

/** Whatever a wait was cut short with, the user's own interruption is no bug. */
function toInterruption(thrown: unknown): unknown {
  const isAbort = thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "ABORT_ERR");
  if (!isAbort) return thrown;
  return new CiloError("CILO_INTERRUPTED", "interrupted", {
    hint: 'run the same command again to go on, or "cilo list" to see where things stand',
    cause: thrown,
  });
}

/** The first signal asks what is under way to stop; a second one of the same kind ends the process. */
function listenForSignals(interrupt: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) process.exit(signal === "SIGINT" ? 130 : 143);
    interrupt.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDirectory, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
