import { randomBytes, randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { childOf, type NameKey, toNameKey, toWireName } from "../wire/name.ts";
import { classIn, flagBits, headerBytes, rcodes, recordTypes } from "../wire/protocol-numbers.ts";
import { formatUpstream, type Upstream } from "./upstream.ts";

/**
 * What a server did when it was asked for a name that nobody else asks for: `loops`, the question came back to our
 * listener; `answers`, it found out without us; `silent`, it failed or said nothing in time, so nothing is known.
 */
export type ProbeVerdict = "loops" | "answers" | "silent";

export interface LoopProber {
  /**
   * Probes one server, once at a time; never rejects. Where it is silent, what the probe before showed goes on to hold:
   * that it loops, if it was slow to come back with that one, or that it answers.
   */
  probe(server: Upstream): Promise<ProbeVerdict>;
  /** Tells a name of our own probes from others, and takes note that it came back. Called for every foreign name. */
  isOwnProbe(name: NameKey): boolean;
}

export interface LoopProberOptions {
  /** How long a server may take, 500 ms by default. */
  timeoutMs?: number;
  /** A probe came back after its server had been found to be none that loops. */
  onLateLoop?: () => void;
}

interface SentProbe {
  name: NameKey;
  /** Resolved when the listener gets the name. */
  cameBack: PromiseWithResolvers<void>;
  hasComeBack: boolean;
  verdict: ProbeVerdict | null;
}

/**
 * A domain that resolvers send on: home.arpa is nobody's in the public tree (RFC 8375), while systemd-resolved answers
 * names under "invalid" itself and cilo those under "test".
 */
const probeDomain: NameKey = toNameKey("cilo-loop.home.arpa") ?? "";
const defaultTimeoutMs = 500;
/** How much later than the reply the question may still come in: the two are read from different sockets. */
const settleMs = 50;
/** Servers come and go with networks; only those of late are remembered. */
const maxRemembered = 64;

/** Makes what finds out whether a server asks us in turn. */
export function createLoopProber(options: LoopProberOptions = {}): LoopProber {
  const { timeoutMs = defaultTimeoutMs, onLateLoop } = options;
  const byServer = new Map<string, SentProbe>();
  const byName = new Map<NameKey, SentProbe>();

  function remember(server: string, sent: SentProbe): void {
    const [oldest] = byServer.keys();
    const replaced = byServer.has(server) || byServer.size < maxRemembered ? server : oldest;
    const earlier = replaced === undefined ? undefined : byServer.get(replaced);
    if (earlier !== undefined) byName.delete(earlier.name);
    if (replaced !== undefined) byServer.delete(replaced);
    byServer.set(server, sent);
    byName.set(sent.name, sent);
  }

  return {
    async probe(server) {
      const key = formatUpstream(server);
      const earlier = byServer.get(key);
      const name = childOf(probeDomain, randomBytes(8).toString("hex"));
      const sent: SentProbe = { name, cameBack: Promise.withResolvers(), hasComeBack: false, verdict: null };
      remember(key, sent);
      const verdict = await judge(server, sent, timeoutMs);
      sent.verdict = verdict === "silent" ? shownBefore(earlier) : verdict;
      return sent.verdict;
    },
    isOwnProbe(name) {
      if (!name.endsWith(probeDomain)) return false;
      const sent = byName.get(name);
      if (sent === undefined) return false;
      const isNews = !sent.hasComeBack && sent.verdict !== null && sent.verdict !== "loops";
      sent.hasComeBack = true;
      sent.cameBack.resolve();
      if (isNews) onLateLoop?.();
      return true;
    },
  };
}

/** A lost datagram must not cost a server that is known to answer by itself. */
function shownBefore(earlier: SentProbe | undefined): ProbeVerdict {
  if (earlier?.hasComeBack === true) return "loops";
  return earlier?.verdict === "answers" ? "answers" : "silent";
}

async function judge(server: Upstream, sent: SentProbe, timeoutMs: number): Promise<ProbeVerdict> {
  const stop = new AbortController();
  const cameBack = sent.cameBack.promise.then((): ProbeVerdict => "loops");
  const answered = ask(server, sent.name, stop.signal).then(async (verdict) => {
    await delay(settleMs, undefined, { signal: stop.signal });
    return verdict;
  });
  const tooLate = delay(timeoutMs, "silent" as const, { signal: stop.signal });
  try {
    return await Promise.race([cameBack, answered, tooLate]);
  } finally {
    stop.abort();
    await Promise.allSettled([answered, tooLate]);
  }
}

/** Asks with RD, without which systemd-resolved refuses. A failure of the server tells nothing of where it asked. */
async function ask(server: Upstream, name: NameKey, signal: AbortSignal): Promise<ProbeVerdict> {
  const query = encodeProbe(name);
  const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
  const { promise, resolve } = Promise.withResolvers<ProbeVerdict>();
  const giveUp = () => resolve("silent");
  signal.addEventListener("abort", giveUp);
  socket.on("error", giveUp);
  socket.on("message", (reply) => {
    const verdict = readReply(query, reply);
    if (verdict !== null) resolve(verdict);
  });
  socket.on("connect", () => {
    // A socket that is being closed must not send.
    if (!signal.aborted) socket.send(query);
  });
  socket.connect(server.port, server.address);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.close();
  }
}

function encodeProbe(name: NameKey): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(randomInt(0x10000), 0);
  header.writeUInt16BE(flagBits.rd, 2);
  header.writeUInt16BE(1, 4);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(recordTypes.TXT, 0);
  question.writeUInt16BE(classIn, 2);
  return Buffer.concat([header, toWireName(name), question]);
}

/** Null when the message is not the reply to the query. */
function readReply(query: Buffer, reply: Buffer): ProbeVerdict | null {
  if (reply.length < headerBytes || reply.readUInt16BE(0) !== query.readUInt16BE(0)) return null;
  const flags = reply.readUInt16BE(2);
  if ((flags & flagBits.qr) === 0) return null;
  const rcode = flags & 0x0f;
  return rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN ? "answers" : "silent";
}
