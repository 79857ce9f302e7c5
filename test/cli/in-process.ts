import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock.ts";
import { messageOf } from "../../src/base/errors.ts";
import { type Logger, silentLogger } from "../../src/base/log.ts";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import type { CliContext } from "../../src/cli/cli-context.ts";
import { runProgram } from "../../src/cli/program.ts";
import { renderError } from "../../src/cli/render/errors.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { runDaemon } from "../../src/daemon/main.ts";
import type { DaemonOptions } from "../../src/daemon/options.ts";
import type { State } from "../../src/model/state.ts";
import { loadTemplate } from "../../src/resolver/templates.ts";
import { createDockerProvider } from "../../src/runtime/docker/provider.ts";
import { createStateStore } from "../../src/state/store.ts";
import { makeState } from "../support/environment.ts";

const templates = fileURLToPath(new URL("../../resolver-setup", import.meta.url));

/** A CILO_HOME of its own in a temporary directory. */
export interface Home extends AsyncDisposable {
  paths: Paths;
}

/** @param state is written there. */
export async function createHome(state: State = makeState([])): Promise<Home> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "cilo-cli-")));
  const paths = resolvePaths({ CILO_HOME: home });
  state.hosts.local.engine = { endpoint: `unix://${home}/no-engine.sock`, id: "X" };
  await writeFile(paths.stateFile, JSON.stringify(state), { mode: 0o600 });
  return { paths, [Symbol.asyncDispose]: () => rm(home, { recursive: true }) };
}

/** The daemon in this process, without an engine. */
export interface RunningDaemon extends AsyncDisposable {
  address: string;
  port: number;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Starts the daemon on a free port; names of others go to a port where nobody listens unless `options` says more. */
export async function startDaemon(
  { paths }: Home,
  options: DaemonOptions = {},
  log: Logger = silentLogger,
): Promise<RunningDaemon> {
  const controller = new AbortController();
  const ready = Promise.withResolvers<{ address: string; port: number }>();
  const running = runDaemon(
    {
      paths,
      version: "1.2.3",
      openRuntime: (endpoint) => createDockerProvider({ endpoint, env: {} }),
      log,
      signal: controller.signal,
      onReady: ready.resolve,
    },
    { port: 0, upstreams: ["127.0.0.1:9"], ...options },
  );
  running.catch(ready.reject);
  const listening = await ready.promise;
  const stop = async () => {
    controller.abort();
    await running;
  };
  return { ...listening, stop, [Symbol.asyncDispose]: stop };
}

/** A command under way. */
export interface CliRun {
  stdout: PassThrough;
  /** What it has written so far. */
  output: { stdout: string; stderr: string };
  /** Its exit code, once it has ended. */
  ended: Promise<number>;
  /** Ctrl-C. */
  interrupt(): void;
}

/** Begins to run a command line in this process, as `cilo` does. */
export function beginCli(args: readonly string[], { paths }: Home, options: { isRead?: boolean } = {}): CliRun {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const output = { stdout: "", stderr: "" };
  stderr.setEncoding("utf8").on("data", (text) => {
    output.stderr += text;
  });
  if (options.isRead ?? true) {
    stdout.setEncoding("utf8").on("data", (text) => {
      output.stdout += text;
    });
  }
  const interrupt = new AbortController();
  let exitCode = 0;
  const cli = {
    terminal: { stdin, stdout, stderr },
    env: {},
    version: "1.2.3",
    self: ["/usr/bin/cilo"],
    setExitCode: (code: number) => {
      exitCode = code;
    },
    reportErrorsAsJson() {},
    signals: { leaveToChild() {}, isLeftToChild: () => false },
    readTemplate: (name: string) => loadTemplate(templates, name),
    runDaemon: () => Promise.reject(new Error("a test starts the daemon itself")),
    controller: (emit: ControllerContext["emit"]) => ({
      paths,
      env: {},
      clock: systemClock,
      signal: interrupt.signal,
      store: createStateStore({ paths }),
      control: createControlClient(paths),
      openRuntime: (endpoint: string) => createDockerProvider({ endpoint, env: {} }),
      emit,
    }),
  } as unknown as CliContext;
  const ended = runProgram(cli, args).then(
    () => exitCode,
    (error) => {
      const rendered = renderError(error, { styled: false, version: "1.2.3" });
      output.stderr += rendered.exitCode === 70 ? messageOf(error) : rendered.text;
      return rendered.exitCode;
    },
  );
  return { stdout, output, ended, interrupt: () => interrupt.abort() };
}

/** Runs a command line to its end. */
export async function runCli(
  args: readonly string[],
  home: Home,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const run = beginCli(args, home);
  const exitCode = await run.ended;
  return { exitCode, ...run.output };
}
