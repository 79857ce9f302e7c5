import { randomInt } from "node:crypto";
import type { Upstream } from "../upstreams/upstream.ts";
import { rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { exchangeTcp, exchangeUdp } from "./exchange.ts";
import { parseUpstreamReply, type UpstreamReply } from "./relay.ts";
import { encodeUpstreamQuery } from "./upstream-query.ts";

/** `answered`: the upstream's word on the name. `failed`: it could not or would not say. */
export type UpstreamOutcome =
  | { kind: "answered"; reply: UpstreamReply }
  | { kind: "failed"; reason: string; reply: UpstreamReply | null };

/** Codes that mean the upstream, or the way we ask, is at fault; not the name. */
const failureRcodes = new Set<number>([rcodes.FORMERR, rcodes.SERVFAIL, rcodes.NOTIMP, rcodes.REFUSED, rcodes.NOTAUTH]);
/** What servers say that cannot read an OPT record (RFC 6891 section 7). */
const withoutOptRcodes = new Set<number>([rcodes.FORMERR, rcodes.NOTIMP, rcodes.BADVERS]);

/**
 * Asks one upstream: UDP, TCP when the reply does not fit, once more without OPT when the upstream does not know EDNS.
 * @throws Node's socket errors, the signal's reason.
 */
export async function askUpstream(query: ParsedQuery, server: Upstream, signal: AbortSignal): Promise<UpstreamOutcome> {
  const first = await ask(query, { server, signal, withOpt: true });
  if (first.kind === "answered" || first.reply === null || !withoutOptRcodes.has(first.reply.rcode)) return first;
  return ask(query, { server, signal, withOpt: false });
}

interface AskOptions {
  server: Upstream;
  signal: AbortSignal;
  withOpt: boolean;
}

async function ask(query: ParsedQuery, { server, signal, withOpt }: AskOptions): Promise<UpstreamOutcome> {
  const message = encodeUpstreamQuery(query, randomInt(0x10000), withOpt);
  const byUdp = parseUpstreamReply(await exchangeUdp({ server, query: message, signal }));
  if (byUdp === null || !byUdp.truncated) return judge(byUdp);
  const overTcp = encodeUpstreamQuery(query, randomInt(0x10000), withOpt);
  return judge(parseUpstreamReply(await exchangeTcp({ server, query: overTcp, signal })));
}

function judge(reply: UpstreamReply | null): UpstreamOutcome {
  if (reply === null) return { kind: "failed", reason: "malformed reply", reply: null };
  // Codes above 15 are about EDNS, DNS cookies and signatures: between the upstream and us.
  if (reply.rcode > 15 || failureRcodes.has(reply.rcode)) {
    return { kind: "failed", reason: `response code ${reply.rcode}`, reply };
  }
  return { kind: "answered", reply };
}
