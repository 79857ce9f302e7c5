/** What became of the queries that a DNS server was asked since it started. */
export interface QueryCounts {
  /** Messages that came in. */
  received: { udp: number; tcp: number };
  /** Replies by response code in lower case ("noerror", "nxdomain"); NOERROR without records is "nodata". */
  results: Record<string, number>;
  /** Replies from the zone. */
  local: number;
  /** Replies of upstreams, asked for this query. */
  forwarded: number;
  /** Replies from the cache. */
  cacheHits: number;
  /** Of the cache, past their time because no upstream answered. */
  stale: number;
  /** Not answered because they were no queries. */
  dropped: number;
  /** Refused because the client may not ask. */
  refusedClients: number;
  /** Answered SERVFAIL because of a fault in cilo. */
  faults: number;
}
