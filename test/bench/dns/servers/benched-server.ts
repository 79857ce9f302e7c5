import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { CiloError } from "../../../../src/base/errors.ts";
import { waitFor } from "../../../../src/base/wait.ts";
import { types } from "../dns-message.ts";
import { openUdpClient } from "../udp-client.ts";
import type { Place, RunningProcess, Workbench } from "../workbench.ts";

/** Whom the bench measures. */
export const serverNames = [
  "cilo",
  "raw",
  "raw, own lookup",
  "dns2",
  "dnsmasq",
  "dnsmasq address=",
  "unbound",
  "upstream",
] as const;
export type ServerName = (typeof serverNames)[number];

/** A server that answers on 127.0.0.1, by UDP and TCP. */
export interface BenchedServer {
  readonly name: ServerName;
  readonly port: number;
  readonly pid: number;
  /** Whether it still runs: what it said when it ended, else null. */
  problem(): string | null;
  end(): Promise<void>;
}

export interface ListeningOptions {
  name: ServerName;
  place: Place;
  command: (port: number) => readonly string[];
  /** Called before the start, for what names the port. */
  prepare?: (port: number) => Promise<void>;
}

const startTimeoutMs = 10_000;
/** Between choosing a free port and taking it another process may take it. */
const maxStarts = 3;

/**
 * Starts a server on a free port and waits until it answers.
 * @throws CILO_COMMAND_FAILED with what it said.
 */
export async function startListening(bench: Workbench, options: ListeningOptions): Promise<BenchedServer> {
  for (let start = 1; ; start += 1) {
    const port = await findFreePort();
    await options.prepare?.(port);
    const running = bench.start({ name: options.name, place: options.place, command: options.command(port) });
    const problem = await waitUntilAnswering(port, running);
    if (problem === null) return toBenchedServer(options.name, port, running);
    await running.end();
    if (start === maxStarts) throw new CiloError("CILO_COMMAND_FAILED", problem);
  }
}

/** Puts a name and a port to a process. */
export function toBenchedServer(name: ServerName, port: number, running: RunningProcess): BenchedServer {
  return { name, port, pid: running.pid, problem: running.problem, end: running.end };
}

/** @returns null once any reply comes. */
async function waitUntilAnswering(port: number, running: RunningProcess): Promise<string | null> {
  using client = await openUdpClient(port);
  const look = async () => running.problem() ?? ((await client.ask("localhost", types.A, 100)) === null ? null : "");
  const outcome = await waitFor(look, { timeoutMs: startTimeoutMs });
  if (outcome === null) return `no answer on port ${port} in ${startTimeoutMs / 1_000} s`;
  return outcome === "" ? null : outcome;
}

/** A port that is free for UDP and TCP at this moment. */
async function findFreePort(): Promise<number> {
  for (;;) {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    await Promise.all([close(server, isFree), close(socket, true)]);
    if (isFree) return port;
  }
}

function close(closable: { close(done: () => void): unknown }, isOpen: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isOpen) closable.close(() => resolve());
    else resolve();
  });
}
