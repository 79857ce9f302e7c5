import { encodeExtendedError } from "../wire/edns.ts";
import { rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { type CacheTerms, toCacheTerms } from "./cache/cache-terms.ts";
import { forwardingErrors } from "./extended-errors.ts";
import type { LookupResult } from "./lookup.ts";
import { hasRebindingAddress } from "./rebind-filter.ts";
import { type SharedAnswer, toEmptyAnswer, toSharedAnswer } from "./relay.ts";

/** What clients get of an upstream's reply, and the terms on which it is kept; null when it is not. */
export interface Delivery {
  answer: SharedAnswer;
  terms: CacheTerms | null;
}

/** Which answers are emptied. */
export interface DeliveryRules {
  blockRebinding?: boolean;
  /** CIDRs of the environments' networks. */
  subnets?: () => readonly string[];
}

/** Takes an upstream's reply over. */
export function toDelivery(
  query: ParsedQuery,
  { reply, server }: Extract<LookupResult, { kind: "answered" }>,
  { blockRebinding = false, subnets }: DeliveryRules,
): Delivery {
  const terms = toCacheTerms(reply, query.type, query.questionEnd);
  if (!blockRebinding || !hasRebindingAddress(reply, query.questionEnd, subnets?.() ?? [])) {
    return { answer: toSharedAnswer(query, reply, server), terms };
  }
  const answer = toEmptyAnswer(query, rcodes.NOERROR, encodeExtendedError(forwardingErrors.rebinding));
  return { answer, terms: terms && { ...terms, ttlOffsets: [], negativeTtl: null } };
}
