import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CiloError } from "../../../../src/base/errors.ts";
import { type Paths, resolvePaths } from "../../../../src/base/paths.ts";
import { waitFor } from "../../../../src/base/wait.ts";
import { createControlClient } from "../../../../src/control/client.ts";
import type { Environment } from "../../../../src/model/environment.ts";
import type { State } from "../../../../src/model/state.ts";
import { makeState } from "../../../support/environment.ts";
import { baseSubnetFor } from "../served-names.ts";
import type { Place, Workbench } from "../workbench.ts";
import { type BenchedServer, toBenchedServer } from "./benched-server.ts";

const bundle = fileURLToPath(new URL("../../../../bin/cilo.cjs", import.meta.url));
const source = fileURLToPath(new URL("../cilo-from-source.ts", import.meta.url));

export interface CiloOptions {
  place: Place;
  environments: readonly Environment[];
  /** Port of the server it forwards to. */
  upstreamPort?: number;
  /** Options of node itself; the program is then run from its source, whose function and file names can be read. */
  profile?: readonly string[];
}

/** The daemon as users have it, with a CILO_HOME of its own. */
export interface BenchedDaemon extends BenchedServer {
  readonly paths: Paths;
}

const startTimeoutMs = 60_000;
/** Discard (RFC 863): nothing listens there, and nothing is asked of it. */
const noUpstreamPort = 9;

/**
 * Starts `cilo dns start` with a state file of running environments and no engine, and waits until it answers.
 * @throws CILO_COMMAND_FAILED with what it said.
 */
export async function startCilo(bench: Workbench, options: CiloOptions): Promise<BenchedDaemon> {
  const { place, environments, upstreamPort = noUpstreamPort, profile } = options;
  const home = join(bench.directory, `cilo-${environments.length}-${upstreamPort}${profile ? "-profile" : ""}`);
  await writeHome(home, environments);
  const program = profile === undefined ? [bundle] : [...profile, source];
  const running = bench.start({
    name: "cilo",
    place,
    command: [process.execPath, ...program, "dns", "start", "--port", "0", "--upstream", `127.0.0.1:${upstreamPort}`],
    env: { CILO_HOME: home },
  });
  const paths = resolvePaths({ CILO_HOME: home });
  const control = createControlClient(paths);
  const outcome = await waitFor(async () => running.problem() ?? (await control.send({ type: "status" })), {
    timeoutMs: startTimeoutMs,
  });
  if (outcome !== null && typeof outcome !== "string")
    return { ...toBenchedServer("cilo", outcome.port, running), paths };
  await running.end();
  throw new CiloError("CILO_COMMAND_FAILED", outcome ?? `cilo was not ready in ${startTimeoutMs / 1_000} s`, {
    hint: 'run "npm run build", then the bench again',
  });
}

/** State of running environments whose engine is never there, so that names come from what state remembers. */
export function stateOf(home: string, environments: readonly Environment[]): State {
  const state = makeState(environments, { baseSubnet: baseSubnetFor(environments.length) });
  state.hosts.local.engine = { endpoint: `unix://${home}/no-engine.sock`, id: "none" };
  return state;
}

async function writeHome(home: string, environments: readonly Environment[]): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, "state.json"), JSON.stringify(stateOf(home, environments)), { mode: 0o600 });
}
