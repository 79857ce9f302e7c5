/** An address in a text that has a port of this machine in it, or may have. */
export interface HostAddress {
  /** As it is to be shown, "localhost:3000"; "http://localhost" where the port follows from the scheme. */
  text: string;
  port: number;
  /** `loopback` is the container itself unless a client on the machine uses it; `any` is what servers listen on; `gateway` is always the machine. */
  kind: "loopback" | "any" | "gateway";
  /** Whether it is part of a URL. */
  hasScheme: boolean;
}

/** Names and addresses by which a container reaches the machine; the last is that of Docker's default bridge on Linux. */
const gateways = new Set(["host.docker.internal", "gateway.docker.internal", "172.17.0.1"]);
/** Matches a host that is this machine, or the container itself, as the source of a regular expression. */
export const hostPattern = String.raw`localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|0\.0\.0\.0|(?:host|gateway)\.docker\.internal|172\.17\.0\.1`;
const authority = String.raw`(?<![\w.-])(?<host>${hostPattern})(?::(?<port>\d{1,5})(?!\d)|(?![\w.:-]))`;
/** A scheme, a user and a password longer than this are none: what is before a host is looked at for each. */
const maxPrefixLength = 512;
/** Ports that a URL need not say (RFC 9110 section 4.2, RFC 6455 section 3). */
const schemePorts = new Map([
  ["http", 80],
  ["ws", 80],
  ["https", 443],
  ["wss", 443],
]);
const maxPort = 65_535;

/** Finds the addresses of this machine in a text, each once, in the order of the text. Nothing else of the text is in the result. */
export function findHostAddresses(text: string): HostAddress[] {
  const found = new Map<string, HostAddress>();
  for (const { groups = {}, index } of text.matchAll(new RegExp(authority, "gi"))) {
    const scheme = schemeBefore(text, index);
    const host = groups.host?.toLowerCase() ?? "";
    const port = Number(groups.port ?? schemePorts.get(scheme ?? ""));
    if (!(port >= 1 && port <= maxPort)) continue;
    const shown = groups.port === undefined ? `${scheme}://${host}` : `${host}:${port}`;
    const before = found.get(shown);
    found.set(shown, {
      text: shown,
      port,
      kind: host === "0.0.0.0" ? "any" : gateways.has(host) ? "gateway" : "loopback",
      hasScheme: scheme !== undefined || before?.hasScheme === true,
    });
  }
  return [...found.values()];
}

/** Looked for backwards: a search for schemes takes a time that grows with the square of the length of a text that is one word. */
function schemeBefore(text: string, end: number): string | undefined {
  const before = text.slice(Math.max(0, end - maxPrefixLength), end);
  const start = before.lastIndexOf("://");
  if (start === -1 || !/^(?:[^\s/@]*@)?$/.test(before.slice(start + "://".length))) return undefined;
  return /[a-z][a-z0-9+.-]*$/i.exec(before.slice(0, start))?.[0].toLowerCase();
}
