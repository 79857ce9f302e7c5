import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { answer } from "./answer.ts";
import type { Forwarder } from "./forward.ts";
import { listenTcp, type TcpListener } from "./server/tcp-listener.ts";
import { listenUdp, type UdpListener } from "./server/udp-listener.ts";
import { headerBytes } from "./wire/protocol-numbers.ts";
import type { ParsedQuery } from "./wire/query.ts";
import { encodeServerFailure, type Transport } from "./wire/reply.ts";
import type { Zone } from "./zone.ts";

/** What the server has done since it started. */
export interface DnsCounters {
  /** Messages that came in. */
  received: { udp: number; tcp: number };
  /** Answered from the zone, refusals included. */
  answered: number;
  /** Sent on to upstreams. */
  forwarded: number;
  /** Of those forwarded, waiting at this moment. */
  inFlight: number;
  /** Not answered because they were no queries. */
  dropped: number;
  /** Answered SERVFAIL because of a fault in cilo. */
  faults: number;
  /** Open at this moment. */
  tcpConnections: number;
}

export interface DnsServer extends AsyncDisposable {
  /**
   * Starts to listen.
   * @returns the address and the port, which is the same for UDP and TCP.
   * @throws CILO_PORT_IN_USE, CILO_PERMISSION_DENIED, CILO_LISTEN_FAILED; details = { address, port }.
   */
  start(): Promise<{ address: string; port: number }>;
  /** Takes no further query, answers those it has, closes. */
  close(): Promise<void>;
  counters(): DnsCounters;
}

export interface DnsServerOptions {
  /** An IP address of this machine. */
  address: string;
  /** 0: a free one. */
  port: number;
  /** The zone to answer from, taken anew for every query: a change is seen whole or not at all. */
  zone: () => Zone;
  forwarder: Forwarder;
  log: Logger;
}

interface Listeners {
  udp: UdpListener;
  tcp: TcpListener;
}

/** A free UDP port can be taken for TCP; another pair is tried then. */
const maxPortAttempts = 20;

/**
 * Makes the server: answers names of the zone at once, hands others to the forwarder, and is never silent on a query.
 */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  const { address, zone, forwarder, log } = options;
  const counts = { udp: 0, tcp: 0, answered: 0, forwarded: 0, dropped: 0, faults: 0 };
  const inFlight = new Set<Promise<Buffer>>();
  let listeners: Listeners | null = null;

  function handle(message: Buffer, transport: Transport): Buffer | Promise<Buffer> | null {
    counts[transport] += 1;
    try {
      const result = answer(message, zone(), transport);
      if (result.kind === "forward") return forward(result.query, transport);
      counts[result.kind === "drop" ? "dropped" : "answered"] += 1;
      return result.kind === "drop" ? null : result.packet;
    } catch (error) {
      return failFor(error, message, transport);
    }
  }

  function forward(query: ParsedQuery, transport: Transport): Promise<Buffer> {
    counts.forwarded += 1;
    const reply = forwarder
      .forward(query, transport)
      .catch((error) => failFor(error, query.packet, transport))
      .finally(() => inFlight.delete(reply));
    inFlight.add(reply);
    return reply;
  }

  /**
   * Whatever goes wrong, the client is told so: a resolver that hears nothing holds up every other answer it waits
   * for.
   */
  function failFor(error: unknown, message: Buffer, transport: Transport): Buffer {
    counts.faults += 1;
    log.error({ error: messageOf(error) }, "could not answer a query");
    return encodeServerFailure({ packet: message, questionEnd: headerBytes, edns: null }, transport);
  }

  async function close(): Promise<void> {
    const { udp, tcp } = listeners ?? {};
    listeners = null;
    udp?.stopReading();
    tcp?.stopReading();
    await Promise.allSettled(inFlight);
    await Promise.all([udp?.close(), tcp?.close()]);
  }

  return {
    async start() {
      listeners = await listenBoth({ ...options, handle });
      return { address, port: listeners.udp.port };
    },
    close,
    counters: () => ({
      received: { udp: counts.udp, tcp: counts.tcp },
      answered: counts.answered,
      forwarded: counts.forwarded,
      inFlight: inFlight.size,
      dropped: counts.dropped,
      faults: counts.faults,
      tcpConnections: listeners?.tcp.connectionCount() ?? 0,
    }),
    [Symbol.asyncDispose]: close,
  };
}

interface ListenOptions {
  address: string;
  port: number;
  handle: (message: Buffer, transport: Transport) => Buffer | Promise<Buffer> | null;
  log: Logger;
}

async function listenBoth(options: ListenOptions): Promise<Listeners> {
  const { address, port, handle, log } = options;
  for (let attempt = 1; ; attempt += 1) {
    const udp = await listenUdp({ address, port, log, handle: (message) => handle(message, "udp") }).catch((error) => {
      throw toListenError(error, options);
    });
    try {
      const tcp = await listenTcp({ address, port: udp.port, log, handle: (message) => handle(message, "tcp") });
      return { udp, tcp };
    } catch (error) {
      await udp.close();
      const mayTryAnother = port === 0 && attempt < maxPortAttempts && hasErrorCode(error, "EADDRINUSE");
      if (!mayTryAnother) throw toListenError(error, options);
    }
  }
}

function toListenError(cause: unknown, { address, port }: ListenOptions): CiloError {
  const details = { address, port };
  const where = `${address}:${port}`;
  if (hasErrorCode(cause, "EADDRINUSE")) {
    return new CiloError("CILO_PORT_IN_USE", `cannot listen on ${where}: another process has the port`, {
      hint: 'end that process, or choose another port: "cilo dns start --port 5355"',
      details,
      cause,
    });
  }
  if (hasErrorCode(cause, "EACCES")) {
    return new CiloError("CILO_PERMISSION_DENIED", `cannot listen on ${where}: this user may not use the port`, {
      hint: 'choose a port above 1023: "cilo dns start --port 5354"',
      details,
      cause,
    });
  }
  return new CiloError("CILO_LISTEN_FAILED", `cannot listen on ${where}: ${messageOf(cause)}`, {
    hint: 'choose an address of this machine: "cilo dns start --address 127.0.0.1"',
    details,
    cause,
  });
}
