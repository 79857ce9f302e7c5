/**
 * Node's HTTP client, with TLS or without. An import of `node:http` would read all that it exports, and for one of them, WebSocket, Node loads `fetch`,
 * HTTP/2 and TLS: 13 MiB and 15 ms for nothing.
 */
export function httpModule(isSecure: boolean): Pick<typeof import("node:http"), "Agent" | "request"> {
  return process.getBuiltinModule(isSecure ? "node:https" : "node:http");
}
