import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { askInTurn, type TurnResult } from "./forward/ask-in-turn.ts";
import { relayReply } from "./forward/relay.ts";
import type { Upstream } from "./upstreams/upstream.ts";
import type { ExtendedError } from "./wire/edns.ts";
import { formatName } from "./wire/name.ts";
import { extendedErrors, formatRecordType, rcodes } from "./wire/protocol-numbers.ts";
import type { ParsedQuery } from "./wire/query.ts";
import { encodeServerFailure, type Transport } from "./wire/reply.ts";

export interface Forwarder {
  /** Asks upstreams. Always resolves, within 3.5 s: SERVFAIL when none answers. */
  forward(query: ParsedQuery, transport: Transport): Promise<Buffer>;
  /** Ends what is in flight with SERVFAIL. */
  close(): Promise<void>;
}

export interface ForwarderOptions {
  /** The servers to ask, best first; read anew for every query. */
  upstreams: () => readonly Upstream[];
  log: Logger;
}

/**
 * How long a client waits for all of it, in milliseconds: below the 4 s after which the engine's own DNS server gives
 * up, and below the 5 s after which systemd-resolved and glibc ask again.
 */
const budgetMs = 3_500;
/**
 * How many queries may wait for upstreams; further ones are failed at once, so that a dead upstream costs only
 * foreign names, and bounded memory.
 */
const maxInFlight = 1_000;

/** Makes the forwarder that asks for names which are not in the zone. */
export function createForwarder({ upstreams, log }: ForwarderOptions): Forwarder {
  const inFlight = new Map<AbortController, Promise<Buffer>>();
  let isClosed = false;

  async function ask(query: ParsedQuery, transport: Transport, controller: AbortController): Promise<Buffer> {
    const timer = setTimeout(() => controller.abort(new Error(`no answer in ${budgetMs} ms`)), budgetMs);
    try {
      const result = await askInTurn({ query, upstreams: upstreams(), signal: controller.signal, budgetMs });
      if (result.kind === "failed") logFailure(log, query, result);
      return toClientReply(query, result, transport);
    } catch (error) {
      log.error({ error: messageOf(error) }, "could not forward a query");
      return encodeServerFailure(query, transport);
    } finally {
      clearTimeout(timer);
      controller.abort();
      inFlight.delete(controller);
    }
  }

  return {
    async forward(query, transport) {
      if (isClosed || inFlight.size >= maxInFlight) return encodeServerFailure(query, transport, overloaded);
      const controller = new AbortController();
      const reply = ask(query, transport, controller);
      inFlight.set(controller, reply);
      return reply;
    },
    async close() {
      isClosed = true;
      for (const controller of inFlight.keys()) controller.abort(new Error("the forwarder is closing"));
      await Promise.all(inFlight.values());
    },
  };
}

const overloaded: ExtendedError = { code: extendedErrors.notReady, text: "too many queries are in flight" };

function toClientReply(query: ParsedQuery, result: TurnResult, transport: Transport): Buffer {
  if (result.kind === "answered") {
    return relayReply(query, result.reply, { transport, trusted: isLoopback(result.server) });
  }
  const own = result.failures.find(({ reply }) => reply?.rcode === rcodes.SERVFAIL && reply.end >= query.questionEnd);
  if (own?.reply) return relayReply(query, own.reply, { transport, trusted: false });
  return encodeServerFailure(query, transport, explainFailure(result));
}

function explainFailure({ failures, asked }: Extract<TurnResult, { kind: "failed" }>): ExtendedError {
  if (asked === 0) return { code: extendedErrors.notReady, text: "no upstream DNS server is known" };
  if (failures.some(({ reply }) => reply !== null)) {
    return { code: extendedErrors.noReachableAuthority, text: "no upstream would answer" };
  }
  return { code: extendedErrors.networkError, text: "no upstream could be reached in time" };
}

function isLoopback({ address }: Upstream): boolean {
  return address.startsWith("127.") || address === "::1";
}

function logFailure(log: Logger, query: ParsedQuery, result: Extract<TurnResult, { kind: "failed" }>): void {
  const failures = result.failures.map(({ server, reason }) => ({ server: server.address, port: server.port, reason }));
  log.debug({ name: formatName(query.name), type: formatRecordType(query.type), failures }, "no upstream answered");
}
