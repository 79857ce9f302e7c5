import type { Clock } from "../../base/clock.ts";
import { formatUpstream, type Upstream } from "../upstreams/upstream.ts";

/** One upstream as it has done so far. */
export interface UpstreamStatus {
  /** `192.168.1.1:53` */
  server: string;
  /** Smoothed round-trip time; null before the first reply. */
  rttMs: number | null;
  /** Messages sent to it. */
  queries: number;
  failures: number;
  /** `unknown`: neither a reply nor a failure yet. `failing`: it did not answer last, and is still asked in turn. */
  state: "good" | "failing" | "backing-off" | "unknown";
  lastFailure: string | null;
}

/** What is remembered of the servers, and whom to ask first because of it. */
export interface UpstreamHealth {
  /** The servers in the order to ask them: none is left out, whatever it has done. */
  rank(servers: readonly Upstream[]): Upstream[];
  /** How long to wait for a server before the next is asked as well. */
  hedgeDelayMs(server: Upstream): number;
  sent(server: Upstream): void;
  replied(server: Upstream, elapsedMs: number): void;
  /** Its reply was of use. */
  succeeded(server: Upstream): void;
  /** It could have answered and did not. @param waitedMs where it was silent: for how long. */
  failed(server: Upstream, reason: string, waitedMs?: number): void;
  status(servers: readonly Upstream[]): UpstreamStatus[];
  /** Forgets all but these. */
  keepOnly(servers: readonly Upstream[]): void;
}

export interface UpstreamHealthOptions {
  clock: Clock;
  /** From 0 to below 1. */
  random: () => number;
}

/** Bounds of the time before the next server is asked as well, in milliseconds. */
const minHedgeDelayMs = 200;
const maxHedgeDelayMs = 800;
/** How many failures in a row make a server the last choice, and for how long. */
const failuresToBackOff = 3;
const backOffMs = 30_000;
/** The share of questions put to another than the best server, so that its round-trip time stays known. */
const explorationShare = 0.05;
/** The weight of one round-trip time in the average. */
const smoothing = 0.25;

interface HealthRecord {
  rttMs: number | null;
  queries: number;
  failures: number;
  failuresInRow: number;
  /** On the clock. */
  backOffUntilMs: number;
  lastFailure: string | null;
}

/** Makes a memory of servers in which none is known yet: they are asked in the order they are listed. */
export function createUpstreamHealth({ clock, random }: UpstreamHealthOptions): UpstreamHealth {
  const records = new Map<string, HealthRecord>();

  function recordOf(server: Upstream): HealthRecord {
    const key = formatUpstream(server);
    let record = records.get(key);
    if (record === undefined) {
      record = { rttMs: null, queries: 0, failures: 0, failuresInRow: 0, backOffUntilMs: 0, lastFailure: null };
      records.set(key, record);
    }
    return record;
  }

  const isBackingOff = (record: HealthRecord) => clock.monotonicMs() < record.backOffUntilMs;

  return {
    rank(servers) {
      const known = servers.map((server) => ({ server, record: recordOf(server) }));
      const good = known.filter(({ record }) => !isBackingOff(record)).sort(byRtt);
      const bad = known.filter(({ record }) => isBackingOff(record)).sort(byRtt);
      if (good.length > 1 && random() < explorationShare) {
        const other = 1 + Math.floor(random() * (good.length - 1));
        good.unshift(...good.splice(other, 1));
      }
      return [...good, ...bad].map(({ server }) => server);
    },
    hedgeDelayMs(server) {
      return Math.min(Math.max(2 * (recordOf(server).rttMs ?? 0), minHedgeDelayMs), maxHedgeDelayMs);
    },
    sent(server) {
      recordOf(server).queries += 1;
    },
    replied(server, elapsedMs) {
      addSample(recordOf(server), elapsedMs);
    },
    succeeded(server) {
      const record = recordOf(server);
      record.failuresInRow = 0;
      record.backOffUntilMs = 0;
    },
    failed(server, reason, waitedMs = 0) {
      const record = recordOf(server);
      record.failures += 1;
      record.failuresInRow += 1;
      record.lastFailure = reason;
      if (record.failuresInRow >= failuresToBackOff) record.backOffUntilMs = clock.monotonicMs() + backOffMs;
      // It would have taken at least as long.
      if (record.rttMs !== null && waitedMs > record.rttMs) addSample(record, waitedMs);
    },
    status: (servers) => servers.map((server) => toStatus(server, recordOf(server), isBackingOff(recordOf(server)))),
    keepOnly(servers) {
      const kept = new Set(servers.map(formatUpstream));
      for (const key of records.keys()) if (!kept.has(key)) records.delete(key);
    },
  };
}

/** Servers without a round-trip time come last, in their order. */
function byRtt(left: { record: HealthRecord }, right: { record: HealthRecord }): number {
  const [leftMs, rightMs] = [left.record.rttMs ?? Number.MAX_VALUE, right.record.rttMs ?? Number.MAX_VALUE];
  return leftMs - rightMs;
}

function addSample(record: HealthRecord, sampleMs: number): void {
  record.rttMs = record.rttMs === null ? sampleMs : record.rttMs + smoothing * (sampleMs - record.rttMs);
}

function toStatus(server: Upstream, record: HealthRecord, isBackingOff: boolean): UpstreamStatus {
  const { rttMs, queries, failures, lastFailure } = record;
  return {
    server: formatUpstream(server),
    rttMs: rttMs === null ? null : Math.round(rttMs * 100) / 100,
    queries,
    failures,
    state: isBackingOff ? "backing-off" : toState(record),
    lastFailure,
  };
}

function toState({ rttMs, failures, failuresInRow }: HealthRecord): UpstreamStatus["state"] {
  if (failuresInRow > 0) return "failing";
  return rttMs === null && failures === 0 ? "unknown" : "good";
}
