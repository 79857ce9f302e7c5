import { randomInt } from "node:crypto";
import { hasErrorCode, messageOf } from "../../base/errors.ts";
import { formatUpstream, type Upstream } from "../upstreams/upstream.ts";
import { formatRcode, rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import type { Transport } from "../wire/reply.ts";
import type { AskJournal } from "./ask-journal.ts";
import { exchangeTcp, exchangeUdp } from "./exchange.ts";
import { parseUpstreamReply, type UpstreamReply } from "./relay.ts";
import type { SocketGate } from "./socket-gate.ts";
import type { UpstreamHealth } from "./upstream-health.ts";
import { encodeUpstreamQuery } from "./upstream-query.ts";

/**
 * `answered`: the upstream's word on the name. `failed`: it could not or would not say; `reply` is what it said
 * instead, null when it said nothing that can be read.
 */
export type UpstreamOutcome =
  | { kind: "answered"; reply: UpstreamReply }
  | { kind: "failed"; reason: string; reply: UpstreamReply | null };

export interface AskOptions {
  query: ParsedQuery;
  server: Upstream;
  transport: Transport;
  /** Ends the asking; the outcome is then of no interest any more. */
  signal: AbortSignal;
  gate: SocketGate;
  health: UpstreamHealth;
  journal: AskJournal;
}

/** Codes that mean the upstream, or the way we ask, is at fault; not the name. */
const failureRcodes = new Set<number>([rcodes.FORMERR, rcodes.SERVFAIL, rcodes.NOTIMP, rcodes.REFUSED, rcodes.NOTAUTH]);
/** What servers say that cannot read an OPT record (RFC 6891 section 7). */
const withoutOptRcodes = new Set<number>([rcodes.FORMERR, rcodes.NOTIMP, rcodes.BADVERS]);

/**
 * Asks one upstream: by TCP as well when a datagram does not do, once more without OPT when the upstream does not know
 * EDNS. Never throws: what goes wrong is the upstream's failure.
 */
export async function askUpstream(options: AskOptions): Promise<UpstreamOutcome> {
  try {
    const first = await ask(options, true);
    const knowsNoOpt = first.kind === "failed" && first.reply !== null && withoutOptRcodes.has(first.reply.rcode);
    return knowsNoOpt ? await ask(options, false) : first;
  } catch (error) {
    return { kind: "failed", reason: describeFailure(error), reply: null };
  }
}

async function ask(options: AskOptions, withOpt: boolean): Promise<UpstreamOutcome> {
  if (options.transport === "udp") {
    const reply = await exchange(options, "udp", withOpt);
    if (reply !== "distrusted" && reply?.truncated !== true) return judge(reply);
  }
  const reply = await exchange(options, "tcp", withOpt);
  // There is no way left by which such a server could give the rest.
  if (reply !== "distrusted" && reply?.truncated) return { kind: "failed", reason: "truncated by TCP", reply: null };
  return judge(reply === "distrusted" ? null : reply);
}

/** Sends one message and keeps account of it. @returns null for a malformed reply. */
async function exchange(
  options: AskOptions,
  transport: Transport,
  withOpt: boolean,
): Promise<UpstreamReply | "distrusted" | null> {
  const { server, signal, gate, health, journal } = options;
  return gate.run(
    formatUpstream(server),
    async () => {
      const query = encodeUpstreamQuery(options.query, randomInt(0x10000), withOpt);
      const end = journal.begin(server, transport);
      health.sent(server);
      try {
        const message = await (transport === "udp" ? exchangeUdp : exchangeTcp)({ server, query, signal });
        if (message === "distrusted") {
          end("too many forged replies");
          return message;
        }
        const reply = parseUpstreamReply(message);
        const elapsedMs = end(describeReply(reply));
        // Servers are not compared by the connection that follows a truncated reply, nor by how quickly they refuse.
        const isComparable = transport === options.transport && reply !== null && !isFailure(reply);
        if (isComparable) health.replied(server, elapsedMs);
        return reply;
      } catch (error) {
        if (!signal.aborted) end(describeFailure(error));
        throw error;
      }
    },
    signal,
  );
}

function judge(reply: UpstreamReply | null): UpstreamOutcome {
  if (reply === null || isFailure(reply)) return { kind: "failed", reason: describeReply(reply), reply };
  return { kind: "answered", reply };
}

/** Codes above 15 are about EDNS, DNS cookies and signatures: between the upstream and us. */
function isFailure({ rcode }: UpstreamReply): boolean {
  return rcode > 15 || failureRcodes.has(rcode);
}

function describeReply(reply: UpstreamReply | null): string {
  if (reply === null) return "malformed reply";
  if (isFailure(reply)) return formatRcode(reply.rcode);
  if (reply.truncated) return "truncated";
  return reply.rcode === rcodes.NOERROR ? "answered" : `answered ${formatRcode(reply.rcode)}`;
}

function describeFailure(error: unknown): string {
  if (hasErrorCode(error, "ECONNREFUSED")) return "connection refused";
  if (hasErrorCode(error, "ENETUNREACH")) return "network unreachable";
  if (hasErrorCode(error, "EHOSTUNREACH")) return "host unreachable";
  return messageOf(error);
}
