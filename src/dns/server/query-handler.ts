import { messageOf } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { type Answer, answer, refuse } from "../answer.ts";
import { createByteAnswerer, maxReplyBytes } from "../answer-bytes.ts";
import type { Forwarded, Forwarder } from "../forward.ts";
import { type QueryEvent, type QueryObserver, type ReplySource, toQueryEvent } from "../query-event.ts";
import { formatUpstream, type Upstream } from "../upstreams/upstream.ts";
import type { NameKey } from "../wire/name.ts";
import { headerBytes, rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { encodeReply, encodeServerFailure, type Transport } from "../wire/reply.ts";
import type { Zone } from "../zone.ts";
import type { QueryCounters } from "./query-counters.ts";

export interface QueryHandlerOptions {
  /** Taken anew for every query: a change is seen whole or not at all. */
  zone: () => Zone;
  forwarder: Forwarder;
  /** Whether a client of this address is answered. */
  isAllowed: (address: string) => boolean;
  /** Names of others that are answered NXDOMAIN and asked of nobody. */
  isWithheld: (name: NameKey) => boolean;
  /** Null while nobody wants to know. */
  observer: () => QueryObserver | null;
  counters: QueryCounters;
  log: Logger;
}

export interface Client {
  address: string;
  port: number;
}

export interface QueryHandler {
  /** Answers a message; null for none. Neither throws nor rejects. */
  handle(message: Buffer, transport: Transport, client: Client): Buffer | Promise<Buffer> | null;
  /** Resolves when everything that waits for upstreams has been answered. */
  settled(): Promise<void>;
  inFlightCount(): number;
}

/** A query on its way to its reply. */
interface Asked {
  message: Buffer;
  transport: Transport;
  client: Client;
  /** Of `performance.now()`; 0 while nobody watches. */
  began: number;
  /** Who answered it, where somebody else did. */
  server?: Upstream;
}

/** Octets that replies are written into before another piece of memory is taken. */
const arenaBytes = 64 * 1024;

/** Makes what stands between the listeners and the zone and the forwarder: never silent on a query. */
export function createQueryHandler(options: QueryHandlerOptions): QueryHandler {
  return new Handler(options);
}

class Handler implements QueryHandler {
  readonly #options: QueryHandlerOptions;
  readonly #bytes = createByteAnswerer();
  readonly #inFlight = new Set<Promise<Buffer>>();
  /** Replies are cut from one piece of memory after the other; each piece lives as long as one of them is on its way. */
  #arena = Buffer.allocUnsafeSlow(arenaBytes);
  #arenaUsed = 0;

  constructor(options: QueryHandlerOptions) {
    this.#options = options;
  }

  handle(message: Buffer, transport: Transport, client: Client): Buffer | Promise<Buffer> | null {
    const { observer, counters, isAllowed } = this.#options;
    counters.receive(transport);
    try {
      if (!isAllowed(client.address)) return this.#refuse(message, transport);
      const isWatched = observer() !== null;
      const quickly = transport === "udp" && !isWatched ? this.#answerQuickly(message) : null;
      if (quickly !== null) return quickly;
      const asked = { message, transport, client, began: isWatched ? performance.now() : 0 };
      return this.#send(answer(message, this.#options.zone(), transport), asked);
    } catch (error) {
      return this.#fail(error, message, transport);
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** From the zone or the cache without making objects of the query; null when it takes more than that. */
  #answerQuickly(message: Buffer): Buffer | null {
    const { zone, forwarder, counters } = this.#options;
    if (this.#arenaUsed + maxReplyBytes > arenaBytes) {
      this.#arena = Buffer.allocUnsafeSlow(arenaBytes);
      this.#arenaUsed = 0;
    }
    const start = this.#arenaUsed;
    const fromZone = this.#bytes.write(message, zone(), this.#arena, start);
    const length = fromZone > 0 ? fromZone : forwarder.writeCached(message, this.#arena, start);
    if (length === 0) return null;
    this.#arenaUsed += length;
    const reply = this.#arena.subarray(start, start + length);
    counters.reply(reply, fromZone > 0 ? "zone" : "cache");
    return reply;
  }

  #send(result: Answer, asked: Asked): Buffer | Promise<Buffer> | null {
    switch (result.kind) {
      case "forward":
        return this.#forward(result.query, asked);
      case "drop":
        this.#options.counters.add("dropped");
        return null;
      case "reply":
        return this.#reply(result.packet, result.source, asked);
    }
  }

  #forward(query: ParsedQuery, asked: Asked): Buffer | Promise<Buffer> {
    const { forwarder, isWithheld } = this.#options;
    if (isWithheld(query.name)) {
      return this.#reply(encodeReply(query, { rcode: rcodes.NXDOMAIN }, asked.transport), "server", asked);
    }
    const forwarded = forwarder.forward(query, asked.transport);
    if (!(forwarded instanceof Promise)) return this.#relay(forwarded, asked);
    const reply = forwarded
      .then((result) => this.#relay(result, asked))
      .catch((error) => this.#fail(error, query.packet, asked.transport))
      .finally(() => this.#inFlight.delete(reply));
    this.#inFlight.add(reply);
    return reply;
  }

  #relay({ packet, source, server }: Forwarded, asked: Asked): Buffer {
    return this.#reply(packet, source, server === null || asked.began === 0 ? asked : { ...asked, server });
  }

  #reply(packet: Buffer, source: ReplySource, asked: Asked): Buffer {
    const { counters, observer } = this.#options;
    counters.reply(packet, source);
    observer()?.(toEvent(packet, source, asked));
    return packet;
  }

  #refuse(message: Buffer, transport: Transport): Buffer | null {
    this.#options.counters.add("refusedClients");
    return refuse(message, transport);
  }

  /**
   * Whatever goes wrong, the client is told so: a resolver that hears nothing holds up every other answer it waits
   * for.
   */
  #fail(error: unknown, message: Buffer, transport: Transport): Buffer {
    this.#options.counters.add("faults");
    this.#options.log.error({ error: messageOf(error) }, "could not answer a query");
    return encodeServerFailure({ packet: message, questionEnd: headerBytes, edns: null }, transport);
  }
}

function toEvent(
  packet: Buffer,
  source: ReplySource,
  { message, transport, client, began, server }: Asked,
): QueryEvent {
  const elapsedMs = began === 0 ? 0 : performance.now() - began;
  const upstream = server === undefined ? null : formatUpstream(server);
  return toQueryEvent(message, packet, { at: Date.now() - elapsedMs, transport, client, source, upstream, elapsedMs });
}
