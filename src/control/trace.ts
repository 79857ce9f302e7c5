/** A record of a reply as it is shown: names without a final dot, data as in zone files. */
export interface TracedRecord {
  name: string;
  type: string;
  ttlSeconds: number;
  data: string;
}

/** The reply that the traced query gets. */
export interface TracedReply {
  /** "NOERROR", "NXDOMAIN" ... */
  rcode: string;
  authoritative: boolean;
  truncated: boolean;
  answers: TracedRecord[];
  authority: TracedRecord[];
  /** What the server says of why, for people (RFC 8914). */
  extendedErrors: string[];
}

/** One server that was asked on the way. */
export interface TracedAttempt {
  /** "192.168.1.1:53" */
  server: string;
  transport: "udp" | "tcp";
  /** "answered", "no answer in 400 ms" ... */
  outcome: string;
  elapsedMs: number;
}

/** How the daemon comes to its reply to one query. */
export interface QueryTrace {
  /** As it is asked for: ASCII, no final dot. */
  name: string;
  type: string;
  transport: "udp" | "tcp";
  /** Which rule of the zone decides: "exact", "wildcard", "absent", "below-nothing", "foreign" or "withheld". */
  rule: string;
  /** Why that is so, for people: what put the records there, or why there are none. */
  explanation: string;
  /** The closest name of the zone at or above it; null for a name outside. */
  encloser: string | null;
  /** What put the records there: `service "web" of shop/login`. */
  origins: string[];
  /** State revision that the zone was made from. */
  revision: number;
  /** SOA serial of the zone. */
  serial: number;
  source: "zone" | "cache" | "stale" | "upstream" | "server";
  /** The domain whose servers are asked; null when it is those for every name, or none. */
  route: string | null;
  /** Who answered; null when no upstream did. */
  upstream: string | null;
  /** Every attempt, in the order in which they began. */
  asked: TracedAttempt[];
  /** Null when the reply is malformed, which only an upstream's can be. */
  reply: TracedReply | null;
  elapsedMs: number;
}
