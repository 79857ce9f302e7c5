import { copyExtendedErrors, type ExtendedError, encodeExtendedError } from "../wire/edns.ts";
import { rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { forwardingErrors } from "./extended-errors.ts";
import type { FinalResult } from "./flight.ts";
import type { UpstreamFailure } from "./lookup.ts";
import { type SharedAnswer, toEmptyAnswer } from "./relay.ts";

/**
 * SERVFAIL for a question that no upstream answered: with what an upstream itself says of it (a broken signature, say)
 * in extended errors, else with what happened to us.
 */
export function toFailureAnswer(query: ParsedQuery, result: Exclude<FinalResult, { kind: "answered" }>): SharedAnswer {
  if (result === null) return toServerFailure(query, forwardingErrors.closing);
  const reasons = result.failures.map(copyReasons).find((options) => options.length > 0);
  if (reasons !== undefined) return toEmptyAnswer(query, rcodes.SERVFAIL, reasons);
  return toServerFailure(query, explain(result));
}

/** SERVFAIL with one extended error. */
export function toServerFailure(query: ParsedQuery, error: ExtendedError): SharedAnswer {
  return toEmptyAnswer(query, rcodes.SERVFAIL, encodeExtendedError(error));
}

function copyReasons({ reply }: UpstreamFailure): Buffer {
  const hasReasons = reply !== null && reply.rcode === rcodes.SERVFAIL && reply.opt !== null;
  return hasReasons && reply.opt !== null ? copyExtendedErrors(reply.packet, reply.opt) : Buffer.alloc(0);
}

function explain({ failures, asked, known }: Extract<FinalResult, { kind: "failed" }>): ExtendedError {
  if (known === 0) return forwardingErrors.noUpstream;
  // It waited for a socket until its time was over.
  if (asked.length === 0) return forwardingErrors.overloaded;
  return failures.some(({ reply }) => reply !== null)
    ? forwardingErrors.refusedEverywhere
    : forwardingErrors.unreachable;
}
