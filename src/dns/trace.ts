import { randomInt } from "node:crypto";
import { answer } from "./answer.ts";
import { decodeReply, encodeQuery, type ShownReply } from "./codec.ts";
import type { AskedUpstream, Forwarder } from "./forward.ts";
import type { ReplySource } from "./query-event.ts";
import { parseQuestion } from "./question.ts";
import type { Upstream } from "./upstreams/upstream.ts";
import type { UpstreamTable } from "./upstreams/upstream-table.ts";
import { formatName, type NameKey, parentOf } from "./wire/name.ts";
import { formatRecordType, rcodes } from "./wire/protocol-numbers.ts";
import type { ParsedQuery } from "./wire/query.ts";
import { encodeReply, type Transport } from "./wire/reply.ts";
import { explainName, type NameExplanation } from "./zone/explain-name.ts";
import type { Zone } from "./zone.ts";

export interface TraceOptions {
  /** In any script. */
  name: string;
  /** "A", "TYPE65". */
  type: string;
  transport: Transport;
  zone: Zone;
  forwarder: Forwarder;
  /** The table that the forwarder goes by. */
  upstreams: UpstreamTable;
  /** Names of others that are answered NXDOMAIN and asked of nobody. */
  isWithheld: (name: NameKey) => boolean;
}

/** How a reply comes about. */
export interface Trace {
  /** ASCII, without a final dot. */
  name: string;
  type: string;
  /** What the zone has to say of the name. */
  explanation: NameExplanation;
  /** SOA serial of the zone that was looked into. */
  serial: number;
  source: ReplySource;
  /** Whether it is a name of others that nobody is asked for. */
  isWithheld: boolean;
  /** The domain whose servers are the ones to ask; null when they are those for every name. */
  route: string | null;
  /** Who said what the reply says. */
  server: Upstream | null;
  asked: readonly AskedUpstream[];
  /** Null when it is malformed. */
  reply: ShownReply | null;
  elapsedMs: number;
}

/** What became of the query: the reply, and where it is from. */
interface Outcome extends Pick<Trace, "source" | "server" | "asked"> {
  packet: Buffer | null;
}

/**
 * Octets of a reply that is decoded. Taking apart chains of compression pointers is quadratic, and here the queries of
 * others wait for it.
 */
const maxDecodedBytes = 4_096;

/**
 * Has a query answered as the server would, and says how the reply comes about. Upstreams are asked and the cache is
 * filled as by any query; the server's own counters do not count it.
 * @throws CILO_USAGE for a name or type that is none.
 */
export async function traceQuery(options: TraceOptions): Promise<Trace> {
  const { zone, upstreams, transport } = options;
  const question = parseQuestion(options.name, options.type);
  const message = await encodeQuery({ ...question, id: randomInt(0x10000) });
  const started = performance.now();
  const result = answer(message, zone, transport);
  const isWithheld = result.kind === "forward" && options.isWithheld(question.key);
  const isForwarded = result.kind === "forward" && !isWithheld;
  const { packet, ...outcome } = isForwarded ? await forward(result.query, options) : decideHere(result, transport);
  const elapsedMs = performance.now() - started;
  return {
    ...outcome,
    name: question.name,
    type: formatRecordType(question.type),
    explanation: explainName(zone, question.key),
    serial: zone.serial,
    isWithheld,
    route: isForwarded ? findRoute(upstreams, question.key) : null,
    reply: packet === null ? null : await decodeReply(packet, maxDecodedBytes),
    elapsedMs,
  };
}

async function forward(query: ParsedQuery, { forwarder, transport }: TraceOptions): Promise<Outcome> {
  return await forwarder.forward(query, transport);
}

/** A query of ours is never one that gets no reply; a name that is withheld does not exist. */
function decideHere(result: ReturnType<typeof answer>, transport: Transport): Outcome {
  const nobody = { server: null, asked: [] };
  if (result.kind === "drop") return { ...nobody, packet: null, source: "server" };
  if (result.kind === "reply") return { ...nobody, packet: result.packet, source: result.source };
  const packet = encodeReply(result.query, { rcode: rcodes.NXDOMAIN }, transport);
  return { ...nobody, packet, source: "server" };
}

/** The longest domain with servers of its own that the name lies in. */
function findRoute({ routes }: UpstreamTable, name: NameKey): string | null {
  for (let domain = name; domain !== ""; domain = parentOf(domain)) if (routes.has(domain)) return formatName(domain);
  return null;
}
