import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place, Workbench } from "../workbench.ts";
import { type BenchedServer, type ServerName, startListening } from "./benched-server.ts";

const rawResponder = fileURLToPath(new URL("../raw-responder.ts", import.meta.url));
const dns2Server = fileURLToPath(new URL("../dns2-server.ts", import.meta.url));
const fakeUpstream = fileURLToPath(new URL("../fake-upstream.ts", import.meta.url));

/** Starts the raw responder: the floor of what Node.js can do, as one writes it first. */
export function startRaw(bench: Workbench, addresses: ReadonlyMap<string, string>): Promise<BenchedServer> {
  return startWithNames(bench, { name: "raw", command: [rawResponder], addresses });
}

/** Starts the raw responder with the shortcut in sending that cilo takes too. */
export function startTunedRaw(bench: Workbench, addresses: ReadonlyMap<string, string>): Promise<BenchedServer> {
  return startWithNames(bench, { name: "raw, own lookup", command: [rawResponder, "own-lookup"], addresses });
}

/** Starts a stock dns2 server. */
export function startDns2(bench: Workbench, addresses: ReadonlyMap<string, string>): Promise<BenchedServer> {
  return startWithNames(bench, { name: "dns2", command: [dns2Server], addresses });
}

/** Starts the upstream that foreign names are forwarded to. */
export function startUpstream(bench: Workbench, place: Place): Promise<BenchedServer> {
  const command = (port: number) => [process.execPath, fakeUpstream, `${port}`];
  return startListening(bench, { name: "upstream", place, command });
}

async function startWithNames(
  bench: Workbench,
  {
    name,
    command,
    addresses,
  }: { name: ServerName; command: [string, ...string[]]; addresses: ReadonlyMap<string, string> },
): Promise<BenchedServer> {
  const [script, ...options] = command;
  const namesFile = join(bench.directory, `${name.replace(/\W+/g, "-")}-${addresses.size}.json`);
  await writeFile(namesFile, JSON.stringify([...addresses]));
  const toCommand = (port: number) => [process.execPath, script, `${port}`, namesFile, ...options];
  return await startListening(bench, { name, place: "server", command: toCommand });
}
