import { isIPv6 } from "node:net";
import type { ResolverMechanism } from "./detect.ts";

/** What a plan is made for. */
export interface SetupOptions {
  mechanism: ResolverMechanism;
  port: number;
  /** Where the daemon listens: an IPv4 or IPv6 address that this machine can reach. */
  address: string;
  /** Without dots at the ends; at least one. */
  suffixes: readonly string[];
  /** Names that cilo answers as well, under none of the suffixes. */
  hostnames: readonly string[];
  /** CIDRs of the addresses that PTR is answered for; at least one. */
  subnets: readonly string[];
  /** Gives the text of a file of resolver-setup. */
  templates: (name: string) => string;
  /** Absolute; the home of who runs the daemon. */
  homeDirectory: string;
  /** How `cilo` is started: an absolute path or a name on PATH, and what follows it ("/usr/bin/node", "/opt/cilo/cilo.cjs"). */
  ciloCommand: readonly string[];
}

/** Address and port as systemd writes them: "127.0.0.1:5354", "[::1]:5354". */
export function formatEndpoint(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
