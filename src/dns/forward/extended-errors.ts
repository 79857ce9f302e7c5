import type { ExtendedError } from "../wire/edns.ts";
import { extendedErrors } from "../wire/protocol-numbers.ts";

/** What a client with EDNS is told of why its answer is not what it might be (INFO-CODEs of RFC 8914 section 4). */
export const forwardingErrors = {
  overloaded: { code: extendedErrors.notReady, text: "too many queries are in flight" },
  closing: { code: extendedErrors.notReady, text: "the server is closing" },
  noUpstream: { code: extendedErrors.notReady, text: "no upstream DNS server is known" },
  refusedEverywhere: { code: extendedErrors.noReachableAuthority, text: "no upstream would answer" },
  unreachable: { code: extendedErrors.networkError, text: "no upstream could be reached in time" },
  fault: { code: 0, text: "the query could not be forwarded" },
  notRecursive: { code: 20, text: "foreign names are for queries with RD" },
  stale: { code: 3, text: "no upstream answers" },
  // 15 (Blocked) is for what the server's operator wants, 17 (Filtered) for what the client asked to be kept from.
  rebinding: { code: 15, text: "a foreign name must not lead to this machine or an environment" },
} as const satisfies Record<string, ExtendedError>;
