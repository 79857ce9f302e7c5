import { isIP } from "node:net";
import type { Paths } from "../base/paths.ts";
import { findRangeProblem, findUpstreamProblem } from "../dns/option-problems.ts";
import type { State } from "../model/state.ts";
import { findBaseSubnetProblem } from "../network/base-subnet.ts";
import { type DnsSettings, readSettings } from "../state/settings.ts";

/**
 * How a daemon is to run, as its command line says; what is left out comes from config.yml, from state and from the
 * system.
 */
export interface DaemonOptions {
  /** UDP and TCP port; 0 takes a free one. */
  port?: number;
  /** IP address to listen on. */
  address?: string;
  /**
   * Servers to forward to: "192.168.1.1", "192.168.1.1:5353", "corp.example=10.8.0.1"; none: those of config.yml, else
   * the system's own.
   */
  upstreams?: readonly string[];
  /** Addresses and CIDRs of clients that are answered besides this machine's own. */
  allow?: readonly string[];
  /** Whether every query is written to the log. */
  logQueries?: boolean;
  /** Whether answers of upstreams with addresses of this machine or of environments are taken out. */
  blockRebinding?: boolean;
  /** Whether Firefox is told to leave DNS to the system, by a name that does not exist. */
  firefoxCanary?: boolean;
}

/** The same with everything decided. */
export interface DecidedOptions extends Required<DaemonOptions> {
  /** What names the upstreams, as it is shown: "--upstream" or the path of config.yml. */
  upstreamsSource: string;
}

const loopback = "127.0.0.1";

/**
 * Decides each option: the command line (and the environment, which it reads) wins over config.yml, that over state,
 * and that over the defaults.
 */
export function decideOptions(parts: {
  chosen: DaemonOptions;
  settings: DnsSettings;
  configFile: string;
  state: Pick<State, "dnsPort">;
}): DecidedOptions {
  const { chosen, settings, configFile, state } = parts;
  const wanted = { ...settings, ...chosen };
  const { address = loopback, upstreams = [] } = wanted;
  return {
    port: wanted.port ?? state.dnsPort,
    address,
    upstreams,
    upstreamsSource: chosen.upstreams === undefined ? configFile : "--upstream",
    allow: withOwnAddress(wanted.allow ?? [], address),
    logQueries: wanted.logQueries ?? false,
    blockRebinding: wanted.blockRebinding ?? false,
    firefoxCanary: wanted.firefoxCanary ?? false,
  };
}

/**
 * What config.yml says of the daemon.
 * @throws CILO_CONFIG_INVALID
 */
export async function readDaemonSettings(paths: Pick<Paths, "configFile">): Promise<DnsSettings> {
  const checks = { findUpstreamProblem, findRangeProblem, findBaseSubnetProblem };
  return (await readSettings(paths.configFile, checks)).dns;
}

/** A server at an address that is not the loopback one is asked by its own machine from that same address. */
function withOwnAddress(allow: readonly string[], address: string): string[] {
  const isOnLoopback = address.startsWith("127.") || address === "::1";
  const isOnEvery = address === "0.0.0.0" || address === "::";
  if (isOnLoopback || isOnEvery || isIP(address) === 0 || allow.includes(address)) return [...allow];
  return [address, ...allow];
}
