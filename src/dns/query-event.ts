import { formatName } from "./wire/name.ts";
import { formatRcode, formatRecordType, headerBytes } from "./wire/protocol-numbers.ts";
import { skipPlainName } from "./wire/records.ts";
import { rcodeOfReply, type Transport } from "./wire/reply.ts";

/**
 * Where a reply is from: `zone` our own names, `cache` and `stale` what an upstream said earlier, `upstream` what it
 * said now, `server` a refusal or failure of ours.
 */
export type ReplySource = "zone" | "cache" | "stale" | "upstream" | "server";

/** One query and what became of it, for a log. */
export interface QueryEvent {
  /** Milliseconds since 1970, when the query came. */
  at: number;
  transport: Transport;
  /** Address and port. */
  client: string;
  /** As in zone files, in the client's case. */
  name: string;
  type: string;
  rcode: string;
  source: ReplySource;
  /** Who answered, for `upstream`. */
  upstream: string | null;
  elapsedMs: number;
}

/** Told of every query. */
export type QueryObserver = (event: QueryEvent) => void;

/** What is known of a query besides its octets. */
export interface QueryCircumstances extends Pick<QueryEvent, "at" | "transport" | "source" | "upstream" | "elapsedMs"> {
  client: { address: string; port: number };
}

/** Describes a query by its message and the reply to it; name and type are empty where it has no question. */
export function toQueryEvent(message: Buffer, reply: Buffer, circumstances: QueryCircumstances): QueryEvent {
  const { client, ...rest } = circumstances;
  const nameEnd = message.readUInt16BE(4) === 1 ? skipPlainName(message, headerBytes) : null;
  const hasQuestion = nameEnd !== null && nameEnd + 4 <= message.length;
  return {
    ...rest,
    client: client.address.includes(":") ? `[${client.address}]:${client.port}` : `${client.address}:${client.port}`,
    name: hasQuestion ? formatName(message.toString("latin1", headerBytes, nameEnd - 1)) : "",
    type: hasQuestion ? formatRecordType(message.readUInt16BE(nameEnd)) : "",
    rcode: formatRcode(rcodeOfReply(reply)),
  };
}
