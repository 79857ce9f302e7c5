import { mkdtemp, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolvePaths } from "../../../src/base/paths.ts";
import { createControlClient } from "../../../src/control/client.ts";
import type { DaemonStatus } from "../../../src/control/messages.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { makeState } from "../../support/environment.ts";
import { startChild } from "./child.ts";
import { judgedEnvironment } from "./judged-environment.ts";

/** The built program. */
export const ciloProgram = fileURLToPath(new URL("../../../bin/cilo.cjs", import.meta.url));

/** `cilo dns start` as a user runs it, serving one environment out of a state file, without an engine. */
export interface RunningCilo extends AsyncDisposable {
  /** UDP and TCP, on 127.0.0.1. */
  port: number;
  status(): Promise<DaemonStatus>;
}

export interface RunningCiloOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** "address:port"; by default one where nobody listens, so that foreign names are SERVFAIL. */
  upstream?: string;
  /** What goes before the command, `nsenter` and its arguments. */
  prefix?: readonly string[];
}

/** Starts the built program in the foreground. */
export async function startCilo(options: RunningCiloOptions = {}): Promise<RunningCilo> {
  const home = await makeHome([judgedEnvironment]);
  const { port = 0, upstream = "127.0.0.1:9", prefix = [] } = options;
  const control = createControlClient(resolvePaths({ CILO_HOME: home }));
  const command = [...prefix, process.execPath, ciloProgram, "dns", "start"];
  const [file = "", ...args] = [...command, "--port", String(port), "--upstream", upstream];
  const env = { ...process.env, CILO_HOME: home };
  const askStatus = () => control.send({ type: "status" }).catch(() => null);
  const child = await startChild(file, args, { env, isReady: async () => (await askStatus()) !== null });
  const status = async () => {
    const answer = await control.send({ type: "status" });
    if (answer === null) throw new Error(`the daemon is gone\n${child.lines.join("\n")}`);
    return answer;
  };
  return {
    port: (await status()).port,
    status,
    [Symbol.asyncDispose]: async () => {
      await child[Symbol.asyncDispose]();
      await rm(home, { recursive: true });
    },
  };
}

/** Makes a CILO_HOME in the temporary directory; whoever asks for it removes it. */
export async function makeHome(environments: readonly Environment[]): Promise<string> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "cilo-judge-")));
  await writeState(home, environments);
  return home;
}

async function writeState(home: string, environments: readonly Environment[]): Promise<void> {
  const state = makeState(environments, { revision: 5 });
  // Where no engine listens, what the state remembers of running environments is served.
  state.hosts.local.engine = { endpoint: `unix://${home}/no-engine.sock`, id: "none" };
  await writeFile(join(home, "state.json.new"), JSON.stringify(state), { mode: 0o600 });
  await rename(join(home, "state.json.new"), join(home, "state.json"));
}
