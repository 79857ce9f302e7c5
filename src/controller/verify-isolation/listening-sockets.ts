/** A TCP socket that takes connections from other network namespaces. */
export interface ListeningSocket {
  family: 4 | 6;
  /** IPv4 text; null when it takes connections at every address, and for any IPv6 one, which are not told apart. */
  address: string | null;
  port: number;
}

/** TCP_LISTEN, in hex as the table has it; include/net/tcp_states.h. */
const listenState = "0A";
/**
 * The first 96 bits of an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), each 32 bits in the byte order of the
 * table.
 */
const mappedPrefix = "0000000000000000FFFF0000";
const wildcardV6 = "0".repeat(32);
const loopbackV6 = "00000000000000000000000001000000";

/**
 * Reads the tables of /proc/net/tcp and tcp6, in any order and number. Sockets bound to a loopback address are left
 * out: they cannot be reached from elsewhere. Addresses in it are in the kernel's byte order, which is taken to be
 * little-endian.
 * @see proc(5)
 */
export function parseSocketTables(text: string): ListeningSocket[] {
  const sockets = text.split("\n").flatMap((line) => {
    const match = /^\s*\d+:\s+([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})\s+\S+\s+([0-9A-F]{2})\s/.exec(line);
    const [, address = "", port = "", state] = match ?? [];
    if (state !== listenState) return [];
    const bound = toBound(address);
    return bound === null ? [] : [{ ...bound, port: Number.parseInt(port, 16) }];
  });
  const byKey = new Map(sockets.map((socket) => [JSON.stringify(socket), socket]));
  return [...byKey.values()].sort((a, b) => a.port - b.port || a.family - b.family);
}

/**
 * Tells whether a connection to an address of the namespace may reach the socket; one at `::` takes IPv4 as well unless
 * it was told not to.
 */
export function listensAt(socket: ListeningSocket, address: string): boolean {
  if (address.includes(":")) return socket.family === 6;
  return socket.address === null ? true : socket.address === address;
}

/** Null for a loopback address. */
function toBound(hex: string): Pick<ListeningSocket, "family" | "address"> | null {
  if (hex.length === 8) return toBoundV4(hex);
  if (hex === loopbackV6) return null;
  if (hex.startsWith(mappedPrefix)) return toBoundV4(hex.slice(mappedPrefix.length));
  return { family: 6, address: hex === wildcardV6 ? null : "" };
}

function toBoundV4(hex: string): Pick<ListeningSocket, "family" | "address"> | null {
  const octets = [6, 4, 2, 0].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
  if (octets[0] === 127) return null;
  return { family: 4, address: octets.every((octet) => octet === 0) ? null : octets.join(".") };
}
