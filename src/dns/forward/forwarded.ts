import type { Upstream } from "../upstreams/upstream.ts";
import type { ParsedQuery } from "../wire/query.ts";
import type { Transport } from "../wire/reply.ts";
import type { AskedUpstream } from "./ask-journal.ts";
import { type SharedAnswer, writeReply } from "./relay.ts";

/** What a client gets. */
export interface Forwarded {
  packet: Buffer;
  /** `server`: a failure or refusal of ours. */
  source: "cache" | "stale" | "upstream" | "server";
  /** Who said it, now or when it was cached; null for what nobody but us says. */
  server: Upstream | null;
  /** Every message sent for it, in the order they were; empty for the cache, and for what was not waited for. */
  asked: readonly AskedUpstream[];
}

/** For replies that cost no message. */
export const nothingAsked: readonly AskedUpstream[] = [];

/** A reply that is from nobody but us. */
export function toOwnWord(query: ParsedQuery, answer: SharedAnswer, context: OwnWordContext): Forwarded {
  const { transport, asked = nothingAsked } = context;
  return { packet: writeReply(query, answer, transport), source: "server", server: null, asked };
}

export interface OwnWordContext {
  transport: Transport;
  asked?: readonly AskedUpstream[];
}
