import type { QueryCounts } from "../model/query-counts.ts";

/** What the daemon's DNS server has done and is doing. */
export interface ServerCounters extends QueryCounts {
  /** Waiting for upstreams at this moment. */
  inFlight: number;
  /** Open at this moment. */
  tcpConnections: number;
}

/** How one upstream does. */
export interface UpstreamHealth {
  /** "192.168.1.1:53" */
  server: string;
  /** Smoothed round-trip time; null before the first answer. */
  rttMs: number | null;
  queries: number;
  failures: number;
  state: "good" | "failing" | "backing-off" | "unknown";
  lastFailure: string | null;
}

/** What the daemon's forwarder does. */
export interface ForwardingStatus {
  inFlight: number;
  /** Queries that were given another one's answer because both were the same. */
  coalesced: number;
  cache: { entries: number; bytes: number; hits: number; misses: number; stale: number };
  upstreams: UpstreamHealth[];
}

/** Which servers the daemon forwards to, and why not to others. */
export interface UpstreamsStatus {
  servers: string[];
  /** Where they are from: a path, a command, an option. */
  source: string;
  leftOut: { server: string; reason: string }[];
  /** Domains that have servers of their own. */
  routes: { domain: string; servers: string[] }[];
}

export interface DaemonStatus {
  pid: number;
  startedAt: string;
  version: string;
  address: string;
  port: number;
  /** CIDRs of the clients that are answered besides those of this machine's loopback addresses. */
  allow: string[];
  /** Whether every query is written to the log. */
  logQueries: boolean;
  /** State revision that the zone was made from. */
  revision: number;
  /** SOA serial of the zone. */
  serial: number;
  environments: number;
  /** Whether the engine answers; if not, names come from what state remembers. */
  engine: { connected: boolean; endpoint: string | null; message: string | null };
  upstreams: UpstreamsStatus;
  forwarding: ForwardingStatus;
  counters: ServerCounters;
  warnings: string[];
}

const noCounters: ServerCounters = {
  received: { udp: 0, tcp: 0 },
  results: {},
  local: 0,
  forwarded: 0,
  cacheHits: 0,
  stale: 0,
  dropped: 0,
  refusedClients: 0,
  faults: 0,
  inFlight: 0,
  tcpConnections: 0,
};

const noForwarding: ForwardingStatus = {
  inFlight: 0,
  coalesced: 0,
  cache: { entries: 0, bytes: 0, hits: 0, misses: 0, stale: 0 },
  upstreams: [],
};

const noUpstreams: UpstreamsStatus = { servers: [], source: "unknown", leftOut: [], routes: [] };

/** What daemons of older versions say of themselves: of these fields some, or parts. */
type OlderStatus = Omit<DaemonStatus, "allow" | "logQueries" | "forwarding" | "counters" | "upstreams"> & {
  allow?: string[];
  logQueries?: boolean;
  forwarding?: ForwardingStatus;
  counters?: Partial<ServerCounters>;
  upstreams?: Partial<UpstreamsStatus>;
};

/** Puts in what a daemon of an older cilo does not say: a status has to be understood whatever daemon runs. */
export function completeStatus(told: OlderStatus): DaemonStatus {
  return {
    ...told,
    allow: told.allow ?? [],
    logQueries: told.logQueries ?? false,
    upstreams: { ...noUpstreams, ...told.upstreams },
    forwarding: told.forwarding ?? noForwarding,
    counters: { ...noCounters, ...told.counters },
  };
}
