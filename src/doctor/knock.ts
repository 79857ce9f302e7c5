import { connect } from "node:net";
import { hasErrorCode, messageOf } from "../base/errors.ts";

/**
 * What came of it: `unreachable` when the machine itself said that there is no way, `silent` when nobody said anything.
 */
export type Knock = { result: "answered" | "silent" } | { result: "unreachable"; reason: string };

/** tcpmux (RFC 1078): next to nobody listens there, so that no service is bothered, and the refusal is the answer. */
const port = 1;
const timeoutMs = 3_000;

/** Finds out whether packets reach an address and come back, by a TCP connection that is to be refused. */
export function knock(address: string): Promise<Knock> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (knock: Knock) => {
      socket.destroy();
      resolve(knock);
    };
    socket.setTimeout(timeoutMs, () => end({ result: "silent" }));
    socket.once("connect", () => end({ result: "answered" }));
    socket.on("error", (error) => {
      if (hasErrorCode(error, "ETIMEDOUT")) end({ result: "silent" });
      else if (hasErrorCode(error, "EHOSTUNREACH", "ENETUNREACH", "EACCES", "EPERM", "EADDRNOTAVAIL"))
        end({ result: "unreachable", reason: messageOf(error) });
      else end({ result: "answered" });
    });
  });
}
