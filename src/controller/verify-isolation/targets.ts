import { listensAt } from "./listening-sockets.ts";
import type { Namespace, Subject } from "./subject.ts";

/** An address and a port of an environment, to be connected to from inside the other one. */
export interface Target {
  /** The environment's key. */
  environment: string;
  container: string;
  networkId: string;
  address: string;
  port: number;
}

/**
 * discard (RFC 863): where nothing is known to listen, this port's "connection refused" shows as well whether a packet
 * arrived.
 */
const closedPort = 9;

/** "10.224.0.10:80", "[fd00::a]:80" */
export function formatTarget({ address, port }: Pick<Target, "address" | "port">): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * What to probe of an environment: every address at every port that something listens on, or is said to where that
 * cannot be read; at a closed port where there is none.
 * @param declaredPorts TCP ports by service.
 * @returns the first ports of all addresses, then the second ones, and so on: any number of them from the start says
 * the most.
 */
export function targetsOf(subject: Subject, declaredPorts: (namespace: Namespace) => readonly number[]): Target[] {
  const rows = subject.namespaces.flatMap((namespace) =>
    namespace.endpoints.flatMap(({ networkId, addresses }) =>
      addresses.map((address) =>
        portsAt(namespace, address, declaredPorts).map(
          (port): Target => ({ environment: subject.key, container: namespace.owner.name, networkId, address, port }),
        ),
      ),
    ),
  );
  const depth = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: depth }, (_, index) => rows.flatMap((row) => row[index] ?? [])).flat();
}

function portsAt(
  namespace: Namespace,
  address: string,
  declaredPorts: (namespace: Namespace) => readonly number[],
): readonly number[] {
  const { sockets, owner } = namespace;
  const ports = sockets
    ? sockets.filter((socket) => listensAt(socket, address)).map(({ port }) => port)
    : [...declaredPorts(namespace), ...owner.exposedPorts];
  return ports.length > 0 ? [...new Set(ports)] : [closedPort];
}
