import { CiloError, hasErrorCode, messageOf } from "../../base/errors.ts";
import { listenTcp, type TcpListener, type TcpListenerOptions } from "./tcp-listener.ts";
import { listenUdp, type UdpListener, type UdpListenerOptions } from "./udp-listener.ts";

/** The two sockets of a server, on one port. */
export interface Listeners {
  udp: UdpListener;
  tcp: TcpListener;
}

export interface ListenOptions {
  udp: UdpListenerOptions;
  tcp: Omit<TcpListenerOptions, "address" | "port">;
}

/** A free UDP port can be taken for TCP; another pair is tried then. */
const maxPortAttempts = 20;

/**
 * Listens by UDP and TCP on the same port.
 * @throws CILO_PORT_IN_USE, CILO_PERMISSION_DENIED, CILO_LISTEN_FAILED; details = { address, port }.
 */
export async function listenBoth(options: ListenOptions): Promise<Listeners> {
  const { address, port } = options.udp;
  for (let attempt = 1; ; attempt += 1) {
    const udp = await listenUdp(options.udp).catch((error) => {
      throw toListenError(error, { address, port });
    });
    try {
      return { udp, tcp: await listenTcp({ ...options.tcp, address, port: udp.port }) };
    } catch (error) {
      await udp.close();
      const mayTryAnother = port === 0 && attempt < maxPortAttempts && hasErrorCode(error, "EADDRINUSE");
      if (!mayTryAnother) throw toListenError(error, { address, port });
    }
  }
}

function toListenError(cause: unknown, details: { address: string; port: number }): CiloError {
  const where = `${details.address}:${details.port}`;
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
