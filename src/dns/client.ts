import { randomInt } from "node:crypto";
import { domainToASCII } from "node:url";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { decodeReply, encodeQuery, type ShownRecord } from "./codec.ts";
import { exchangeTcp, exchangeUdp } from "./forward/exchange.ts";
import { formatUpstream } from "./upstreams/upstream.ts";
import { toNameKey } from "./wire/name.ts";
import { parseRecordType } from "./wire/protocol-numbers.ts";
import type { Transport } from "./wire/reply.ts";

export interface QueryOptions {
  /** IP address. */
  server: string;
  port: number;
  /** In any script; a final dot is allowed. */
  name: string;
  /** "A", "https", "TYPE65". */
  type: string;
  /** Without one: UDP, then TCP when the reply does not fit. */
  transport?: Transport | undefined;
  /** 5 s by default. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a server said. */
export interface QueryReply {
  /** "NOERROR", "NXDOMAIN" ... */
  rcode: string;
  authoritative: boolean;
  /** The reply was cut down because it did not fit into a datagram. */
  truncated: boolean;
  answers: ShownRecord[];
  authority: ShownRecord[];
  elapsedMs: number;
}

const defaultTimeoutMs = 5_000;

/**
 * Asks one server one question.
 * @throws CILO_USAGE for a name or type that is none; CILO_QUERY_FAILED when the server refuses the connection, says
 * nothing in time or replies with something malformed; the signal's reason when it is aborted.
 */
export async function queryServer(options: QueryOptions): Promise<QueryReply> {
  const question = toQuestion(options);
  const started = performance.now();
  const message = await ask(options, question);
  const elapsedMs = performance.now() - started;
  const reply = await decodeReply(message);
  if (reply === null) throw toQueryError(options, "the reply is malformed");
  return { ...reply, elapsedMs };
}

interface AskedQuestion {
  name: string;
  type: number;
}

function toQuestion({ name, type }: QueryOptions): AskedQuestion {
  const number = parseRecordType(type);
  if (number === null) {
    throw new CiloError("CILO_USAGE", `${JSON.stringify(type)} is not a record type`, {
      hint: 'use a type such as A, AAAA, PTR or TYPE65: "cilo dns query web.login.test A"',
    });
  }
  const ascii = toNameKey(name) === null ? domainToASCII(name) : name;
  // An empty text is the root to `toNameKey`, and what domainToASCII returns for no name at all.
  if (toNameKey(ascii) === null || ascii === "") {
    throw new CiloError("CILO_USAGE", `${JSON.stringify(name)} is not a domain name`, {
      hint: 'give a name of labels and dots: "cilo dns query web.login.test"',
    });
  }
  return { name: ascii, type: number };
}

async function ask(options: QueryOptions, question: AskedQuestion): Promise<Buffer> {
  const { server: address, port, transport, timeoutMs = defaultTimeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const query = await encodeQuery({ ...question, id: randomInt(0x10000) });
  const exchange = { server: { address, port }, query, signal };
  try {
    if (transport === "tcp") return await exchangeTcp(exchange);
    const reply = await exchangeUdp(exchange);
    return isTruncated(reply) && transport === undefined ? await exchangeTcp(exchange) : reply;
  } catch (cause) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw toQueryError(options, timeout.aborted ? `no reply in ${timeoutMs} ms` : describe(cause), cause);
  }
}

function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & 0x0200) !== 0;
}

function describe(cause: unknown): string {
  return hasErrorCode(cause, "ECONNREFUSED") ? "nothing listens there" : messageOf(cause);
}

function toQueryError(options: QueryOptions, reason: string, cause?: unknown): CiloError {
  const server = formatUpstream({ address: options.server, port: options.port });
  const details = { server, name: options.name, type: options.type };
  return new CiloError("CILO_QUERY_FAILED", `${server} gave no answer for ${options.name}: ${reason}`, {
    hint: 'run "cilo dns status" to see whether the daemon runs and where it listens',
    details,
    cause,
  });
}
