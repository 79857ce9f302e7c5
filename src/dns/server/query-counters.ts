import type { QueryCounts } from "../../model/query-counts.ts";
import type { ReplySource } from "../query-event.ts";
import { formatRcode, rcodes } from "../wire/protocol-numbers.ts";
import { rcodeOfReply, type Transport } from "../wire/reply.ts";

export interface QueryCounters {
  receive(transport: Transport): void;
  /** Counts a reply about to be sent. */
  reply(packet: Buffer, source: ReplySource): void;
  add(what: "dropped" | "refusedClients" | "faults"): void;
  read(): QueryCounts;
}

/** Response codes have twelve bits (RFC 6891 section 6.1.3). */
const rcodeCount = 4_096;

/** Makes counters that stand at 0. */
export function createQueryCounters(): QueryCounters {
  const received = { udp: 0, tcp: 0 };
  const sources = { zone: 0, cache: 0, stale: 0, upstream: 0, server: 0 };
  const others = { dropped: 0, refusedClients: 0, faults: 0 };
  const byRcode = new Float64Array(rcodeCount);
  let nodata = 0;
  return {
    receive(transport) {
      received[transport] += 1;
    },
    reply(packet, source) {
      sources[source] += 1;
      const rcode = rcodeOfReply(packet);
      if (rcode === rcodes.NOERROR && isWithoutAnswer(packet)) nodata += 1;
      else byRcode[rcode] = (byRcode[rcode] ?? 0) + 1;
    },
    add(what) {
      others[what] += 1;
    },
    read: () => ({
      received: { ...received },
      results: {
        ...Object.fromEntries(
          [...byRcode.entries()]
            .filter(([, count]) => count > 0)
            .map(([rcode, count]) => [formatRcode(rcode).toLowerCase(), count]),
        ),
        ...(nodata > 0 ? { nodata } : {}),
      },
      local: sources.zone,
      forwarded: sources.upstream,
      cacheHits: sources.cache,
      stale: sources.stale,
      ...others,
    }),
  };
}

/** No answer record, and none left out for want of room. */
function isWithoutAnswer(packet: Buffer): boolean {
  return packet[6] === 0 && packet[7] === 0 && ((packet[2] ?? 0) & 0x02) === 0;
}
