import { type Child, startChild } from "./child.ts";

/** What the other server knows beside nothing, which is NXDOMAIN. */
export const foreignName = "www.example.org";
/** RFC 5737, "TEST-NET-3". */
export const foreignAddress = "203.0.113.7";

export interface DnsmasqOptions {
  port: number;
  /** What goes before the command, `nsenter` and its arguments. */
  prefix?: readonly string[];
}

/**
 * Starts a server that stands for the network's own: it knows names of example.org and the name of their address, and
 * has NXDOMAIN for everything else. The lines are its log of queries.
 */
export function startDnsmasq(options: DnsmasqOptions): Promise<Child> {
  const [file = "", ...args] = [
    ...(options.prefix ?? []),
    "dnsmasq",
    "--keep-in-foreground",
    "--conf-file=/dev/null",
    "--pid-file=",
    "--user=",
    "--no-resolv",
    "--no-hosts",
    `--port=${options.port}`,
    "--bind-interfaces",
    "--log-queries",
    "--log-facility=-",
    `--address=/example.org/${foreignAddress}`,
    `--ptr-record=${foreignAddress.split(".").reverse().join(".")}.in-addr.arpa,${foreignName}`,
    "--local=/#/",
  ];
  return startChild(file, args, { isReady: (lines) => lines.some((line) => line.includes("cleared cache")) });
}
