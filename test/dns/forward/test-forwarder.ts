import assert from "node:assert/strict";
import type { Clock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createForwarder, type Forwarded, type Forwarder, type ForwarderOptions } from "../../../src/dns/forward.ts";
import type { UpstreamTable } from "../../../src/dns/upstreams/upstream-table.ts";
import type { Upstream } from "../../../src/dns/upstreams.ts";
import { type ParsedQuery, parseQuery } from "../../../src/dns/wire/query.ts";
import type { Transport } from "../../../src/dns/wire/reply.ts";

/** Time that stands still until it is moved on. */
export class TestClock implements Clock {
  #ms = Date.UTC(2026, 0, 1);

  now(): Date {
    return new Date(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** A table without routes. */
export function tableOf(servers: readonly Upstream[]): UpstreamTable {
  return { servers, routes: new Map() };
}

export interface TestForwarder extends Forwarder, AsyncDisposable {
  clock: TestClock;
  /** Asks as a client does. */
  ask(message: Buffer, transport?: Transport): Promise<Forwarded>;
  /** What is given at once; fails where the forwarder has to wait. */
  recall(message: Buffer, transport?: Transport): Forwarded;
}

/** A forwarder that never tries another server than the best, with a clock that stands still. */
export function createTestForwarder(
  servers: readonly Upstream[] | (() => UpstreamTable),
  options: Partial<ForwarderOptions> = {},
): TestForwarder {
  const clock = new TestClock();
  const upstreams = typeof servers === "function" ? servers : () => tableOf(servers);
  const forwarder = createForwarder({ upstreams, log: silentLogger, clock, random: () => 0.99, ...options });
  return {
    ...forwarder,
    clock,
    ask: async (message, transport = "udp") => forwarder.forward(toQuery(message), transport),
    recall: (message, transport = "udp") => {
      const forwarded = forwarder.forward(toQuery(message), transport);
      assert.ok(!(forwarded instanceof Promise), "the answer is not there yet");
      return forwarded;
    },
    [Symbol.asyncDispose]: () => forwarder.close(),
  };
}

/** A query as the server hands it on. */
export function toQuery(message: Buffer): ParsedQuery {
  const parsed = parseQuery(message);
  assert.ok(parsed.kind === "query");
  return parsed.query;
}

/** The code of the extended error in the OPT record at a reply's end; -1 without one. */
export function extendedErrorOf(reply: Buffer): number {
  const start = reply.lastIndexOf(Buffer.from([0, 0, 41, 4, 208]));
  return start === -1 || reply.readUInt16BE(start + 9) === 0 ? -1 : reply.readUInt16BE(start + 15);
}

/** The TTL of a reply's first record, whose owner is a pointer. */
export function firstTtlOf(reply: Buffer): number {
  let end = 12;
  while (reply[end] !== 0) end += 1 + (reply[end] ?? 0);
  return reply.readUInt32BE(end + 5 + 6);
}
