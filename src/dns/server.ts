import type { Logger } from "../base/log.ts";
import type { QueryCounts } from "../model/query-counts.ts";
import type { Forwarder } from "./forward.ts";
import type { QueryObserver } from "./query-event.ts";
import { createAllowedClients } from "./server/allowed-clients.ts";
import { type Listeners, listenBoth } from "./server/listen.ts";
import { createQueryCounters } from "./server/query-counters.ts";
import { createQueryHandler } from "./server/query-handler.ts";
import type { TcpLimits } from "./server/tcp-listener.ts";
import type { NameKey } from "./wire/name.ts";
import type { Zone } from "./zone.ts";

/** What the server has done since it started, and does at this moment. */
export interface DnsCounters extends QueryCounts {
  /** Queries that wait for upstreams. */
  inFlight: number;
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
  /** CIDRs of clients that are answered besides this machine's own; others are refused. */
  allow?: readonly string[];
  /** Names that are not in the zone and still asked of nobody: NXDOMAIN. */
  isWithheld?: (name: NameKey) => boolean;
  /** Who wants to know of every query; null while nobody does, which costs nothing. */
  observer?: () => QueryObserver | null;
  /** The defaults where not given. */
  tcpLimits?: Partial<TcpLimits>;
  log: Logger;
}

/**
 * Makes the server: answers names of the zone at once, hands others to the forwarder, and is never silent on a query.
 * @throws CILO_USAGE when one of `allow` is no range of addresses.
 */
export function createDnsServer(options: DnsServerOptions): DnsServer {
  const { address, port, log, forwarder, zone } = options;
  const counters = createQueryCounters();
  const isAllowed = createAllowedClients(options.allow ?? []);
  const { isWithheld = () => false, observer = () => null } = options;
  const queries = createQueryHandler({ zone, forwarder, isAllowed, isWithheld, observer, counters, log });
  let listeners: Listeners | null = null;

  async function close(): Promise<void> {
    const { udp, tcp } = listeners ?? {};
    listeners = null;
    udp?.stopReading();
    tcp?.stopReading();
    await queries.settled();
    await Promise.all([udp?.close(), tcp?.close()]);
  }

  return {
    async start() {
      listeners = await listenBoth({
        udp: { address, port, log, handle: (message, client) => queries.handle(message, "udp", client) },
        tcp: {
          isAllowed,
          limits: options.tcpLimits ?? {},
          log,
          handle: (message, client) => queries.handle(message, "tcp", client),
        },
      });
      return { address, port: listeners.udp.port };
    },
    close,
    counters: () => ({
      ...counters.read(),
      inFlight: queries.inFlightCount(),
      tcpConnections: listeners?.tcp.connectionCount() ?? 0,
    }),
    [Symbol.asyncDispose]: close,
  };
}
