import { randomInt } from "node:crypto";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { decodeReply, encodeQuery, type ShownReply } from "./codec.ts";
import { exchangeTcp, exchangeUdp } from "./forward/exchange.ts";
import { parseQuestion, type Question } from "./question.ts";
import { toCanonicalAddress } from "./upstreams/address.ts";
import { formatUpstream } from "./upstreams/upstream.ts";
import type { Transport } from "./wire/reply.ts";

export interface QueryOptions {
  /** IP address. */
  server: string;
  port: number;
  /** In any script; a final dot is allowed. */
  name: string;
  /** "A", "https", "TYPE65". */
  type: string;
  /** Without one: UDP, then TCP when the reply does not fit or somebody forges replies. */
  transport?: Transport | undefined;
  /** 5 s by default. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a server said. */
export interface QueryReply extends ShownReply {
  elapsedMs: number;
}

const defaultTimeoutMs = 5_000;

/**
 * Asks one server one question.
 * @throws CILO_USAGE for a name or type that is none; CILO_QUERY_FAILED when the server refuses the connection, says
 * nothing in time or replies with something malformed; the signal's reason when it is aborted.
 */
export async function queryServer(options: QueryOptions): Promise<QueryReply> {
  const question = parseQuestion(options.name, options.type);
  const started = performance.now();
  const message = await ask(options, question);
  const elapsedMs = performance.now() - started;
  const reply = await decodeReply(message);
  if (reply === null) throw toQueryError(options, "the reply is malformed");
  return { ...reply, elapsedMs };
}

async function ask(options: QueryOptions, question: Question): Promise<Buffer> {
  const { server: address, port, transport, timeoutMs = defaultTimeoutMs } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const query = await encodeQuery({ ...question, id: randomInt(0x10000) });
  // A server that listens on every address is asked by the loopback one.
  const exchange = { server: { address: toCanonicalAddress(address) ?? address, port }, query, signal };
  try {
    if (transport === "tcp") return await exchangeTcp(exchange);
    const reply = await exchangeUdp(exchange);
    if (reply === "distrusted") return await exchangeTcp(exchange);
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
