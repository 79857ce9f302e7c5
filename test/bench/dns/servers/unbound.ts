import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place, Workbench } from "../workbench.ts";
import { type BenchedServer, startListening } from "./benched-server.ts";

export interface UnboundOptions {
  place: Place;
  /** Names it answers itself. */
  addresses?: ReadonlyMap<string, string>;
  /** Port of the server it forwards to; without one no name but those it answers itself is asked for. */
  upstreamPort?: number;
}

/** Starts unbound with one thread and a configuration of its own. */
export async function startUnbound(bench: Workbench, options: UnboundOptions): Promise<BenchedServer> {
  const { place, addresses = new Map<string, string>(), upstreamPort } = options;
  const prefix = join(bench.directory, `unbound-${addresses.size}-${upstreamPort ?? 0}`);
  const command = (port: number) => ["unbound", "-d", "-c", `${prefix}-${port}.conf`];
  return await startListening(bench, {
    name: "unbound",
    place,
    command,
    prepare: (port) => writeFile(`${prefix}-${port}.conf`, configurationOf({ port, addresses, upstreamPort })),
  });
}

interface Configuration {
  port: number;
  addresses: ReadonlyMap<string, string>;
  upstreamPort: number | undefined;
}

function configurationOf({ port, addresses, upstreamPort }: Configuration): string {
  const records = [...addresses].map(([name, address]) => `  local-data: "${name}. 1 IN A ${address}"`);
  const forward = ["forward-zone:", '  name: "."', `  forward-addr: 127.0.0.1@${upstreamPort}`];
  const lines = [
    "server:",
    `  interface: 127.0.0.1@${port}`,
    "  num-threads: 1",
    "  do-daemonize: no",
    '  chroot: ""',
    '  username: ""',
    '  directory: ""',
    '  pidfile: ""',
    "  use-syslog: no",
    "  verbosity: 0",
    "  msg-cache-size: 64m",
    "  rrset-cache-size: 128m",
    // What is measured is answering, not validating: nothing here is signed.
    '  module-config: "iterator"',
    "  do-not-query-localhost: no",
    "  do-ip6: no",
    // Where a zone is given, the built-in one of the same name does not apply.
    '  local-zone: "test." static',
    '  local-data: "test. 1 IN SOA ns.test. hostmaster.test. 1 3600 600 86400 1"',
    ...records,
    "remote-control:",
    "  control-enable: no",
    ...(upstreamPort === undefined ? [] : forward),
  ];
  return `${lines.join("\n")}\n`;
}
