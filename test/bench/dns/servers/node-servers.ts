import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place, Workbench } from "../workbench.ts";
import { type BenchedServer, startListening } from "./benched-server.ts";

const rawResponder = fileURLToPath(new URL("../raw-responder.ts", import.meta.url));
const dns2Server = fileURLToPath(new URL("../dns2-server.ts", import.meta.url));
const fakeUpstream = fileURLToPath(new URL("../fake-upstream.ts", import.meta.url));

/** Starts the raw responder: the floor of what Node.js can do. */
export function startRaw(bench: Workbench, addresses: ReadonlyMap<string, string>): Promise<BenchedServer> {
  return startWithNames(bench, "raw", rawResponder, addresses);
}

/** Starts a stock dns2 server. */
export function startDns2(bench: Workbench, addresses: ReadonlyMap<string, string>): Promise<BenchedServer> {
  return startWithNames(bench, "dns2", dns2Server, addresses);
}

/** Starts the upstream that foreign names are forwarded to. */
export function startUpstream(bench: Workbench, place: Place): Promise<BenchedServer> {
  const command = (port: number) => [process.execPath, fakeUpstream, `${port}`];
  return startListening(bench, { name: "upstream", place, command });
}

async function startWithNames(
  ...[bench, name, script, addresses]: [Workbench, "raw" | "dns2", string, ReadonlyMap<string, string>]
): Promise<BenchedServer> {
  const namesFile = join(bench.directory, `${name}-${addresses.size}.json`);
  await writeFile(namesFile, JSON.stringify([...addresses]));
  const command = (port: number) => [process.execPath, script, `${port}`, namesFile];
  return await startListening(bench, { name, place: "server", command });
}
