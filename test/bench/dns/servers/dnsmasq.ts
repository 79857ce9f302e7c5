import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place, Workbench } from "../workbench.ts";
import { type BenchedServer, startListening } from "./benched-server.ts";

export interface DnsmasqOptions {
  place: Place;
  /** Names it answers itself. */
  addresses?: ReadonlyMap<string, string>;
  /**
   * How it is given those names. `host-record` is the kinder: an exact name from a hash table, and NODATA for AAAA;
   * `address` is found in a sorted list, answers for every name below too, and NXDOMAIN for AAAA.
   */
  lines?: "host-record" | "address";
  /** Port of the server it forwards to; it forwards nothing without one. */
  upstreamPort?: number;
}

const cacheSize = 10_000;

/** Starts dnsmasq with a configuration of its own and nothing of the machine's. */
export async function startDnsmasq(bench: Workbench, options: DnsmasqOptions): Promise<BenchedServer> {
  const { place, addresses = new Map<string, string>(), lines = "host-record", upstreamPort } = options;
  const configuration = [
    "no-resolv",
    "no-hosts",
    "no-poll",
    "bind-interfaces",
    "listen-address=127.0.0.1",
    `cache-size=${cacheSize}`,
    "dns-forward-max=1000",
    "local-ttl=1",
    // Without it AAAA and unknown names of the zone would go to the upstream.
    "local=/test/",
    ...(upstreamPort === undefined ? [] : [`server=127.0.0.1#${upstreamPort}`]),
    ...[...addresses].map(([name, address]) =>
      lines === "address" ? `address=/${name}/${address}` : `host-record=${name},${address}`,
    ),
  ];
  const file = join(bench.directory, `dnsmasq-${lines}-${addresses.size}-${upstreamPort ?? 0}.conf`);
  await writeFile(file, `${configuration.join("\n")}\n`);
  const command = (port: number) => [
    "dnsmasq",
    "--keep-in-foreground",
    `--conf-file=${file}`,
    `--port=${port}`,
    ...asSelf,
  ];
  return await startListening(bench, { name: lines === "address" ? "dnsmasq address=" : "dnsmasq", place, command });
}

/** Started by root it would become another user, and write a pid file for all to see. */
const asSelf = ["--user=", "--group=", "--pid-file="];
