import { readFile } from "node:fs/promises";
import { endianness, type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { hasErrorCode } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import { type Block, contains, formatCidr, parseCidr, toBlock, toPrefixLength } from "./cidr.ts";
import { readPolicyRoutes } from "./policy-routes.ts";

/** An IPv4 route of the machine cilo runs on, or an address of its own. */
export interface HostRoute {
  /** CIDR text; "0.0.0.0/0" is the default route. */
  cidr: string;
  /** "eth0"; "*" where the kernel names none (a route that refuses) or none is known. */
  device: string;
  /** The routing table it stands in, "51820"; absent for the main one. */
  table?: string;
}

const netstatTimeoutMs = 5_000;

/**
 * Reads the machine's IPv4 routes and own addresses: on Linux `/proc/net/route` and the tables of policy routing, where
 * many VPNs put theirs; on macOS `netstat -rn -f inet`.
 * @returns the addresses alone on other systems and where routes cannot be read: it is a precaution, not something to
 * fail on.
 */
export async function readHostRoutes(platform: NodeJS.Platform = process.platform): Promise<HostRoute[]> {
  const routes = await readRoutes(platform);
  return [...routes, ...toAddressRoutes(networkInterfaces(), routes)];
}

async function readRoutes(platform: NodeJS.Platform): Promise<HostRoute[]> {
  if (platform === "linux") {
    const [main, others] = await Promise.all([readIfAllowed("/proc/net/route"), readPolicyRoutes()]);
    return [...parseProcNetRoute(main), ...others];
  }
  if (platform !== "darwin") return [];
  const netstat = await exec("netstat", ["-rn", "-f", "inet"], { timeoutMs: netstatTimeoutMs });
  return netstat.exitCode === 0 ? parseNetstatRoutes(netstat.stdout) : [];
}

async function readIfAllowed(path: string): Promise<string> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES")) return "";
    throw error;
  }
}

/**
 * The machine's own addresses that none of its devices' routes covers: a tunnel's end has a /32, which no table shows
 * that is read here.
 */
export function toAddressRoutes(
  interfaces: Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, "address" | "family">[] | undefined>>,
  routes: readonly HostRoute[],
): HostRoute[] {
  return Object.entries(interfaces).flatMap(([device, addresses = []]) =>
    addresses
      .filter(({ family }) => family === "IPv4")
      .map(({ address }) => ({ cidr: `${address}/32`, device }))
      .filter((own) => !routes.some((route) => route.device === device && covers(route, own))),
  );
}

function covers(outer: HostRoute, inner: HostRoute): boolean {
  const [a, b] = [parseCidr(outer.cidr), parseCidr(inner.cidr)];
  return a !== null && b !== null && contains(a, b);
}

/**
 * Reads `/proc/net/route`. Lines that are not routes are passed over. A route whose link is down counts: its device may come up at
 * any time, and the table does not tell it from others.
 */
export function parseProcNetRoute(text: string): HostRoute[] {
  const routes: HostRoute[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [device, destination, , flags, , , , mask] = line.trim().split(/\s+/);
    if (!device || !isHex(destination) || !isHex(flags) || !isHex(mask)) continue;
    const rtfUp = 0x1;
    const prefixLength = toPrefixLength(toHostOrder(mask));
    if ((Number.parseInt(flags, 16) & rtfUp) === 0 || prefixLength === null) continue;
    routes.push({ cidr: formatCidr(toBlock(toHostOrder(destination), prefixLength)), device });
  }
  return routes;
}

function isHex(text: string | undefined): text is string {
  return text !== undefined && /^[0-9A-Fa-f]{1,8}$/.test(text);
}

/** The kernel prints the four bytes of an address, which are in network order, as one number of the machine's own order. */
function toHostOrder(hex: string): number {
  const bytes = Buffer.from(hex.padStart(8, "0"), "hex");
  return endianness() === "LE" ? bytes.readUInt32LE(0) : bytes.readUInt32BE(0);
}

/**
 * Reads what macOS's `netstat -rn -f inet` prints. Destinations are abbreviated there: "default", "10.8/16", and without a length
 * "192.168.1", which is as long as its octets. Entries of neighbours on a link (flags L and W) are no routes and are left out.
 */
export function parseNetstatRoutes(text: string): HostRoute[] {
  const routes: HostRoute[] = [];
  let columns: { flags: number; device: number } | null = null;
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === "Destination") {
      columns = { flags: fields.indexOf("Flags"), device: fields.indexOf("Netif") };
      continue;
    }
    const flags = columns === null ? undefined : fields[columns.flags];
    const device = columns === null ? undefined : fields[columns.device];
    const block = parseNetstatDestination(fields[0] ?? "");
    if (!flags || !device || block === null || !flags.includes("U") || /[LW]/.test(flags)) continue;
    routes.push({ cidr: formatCidr(block), device });
  }
  return routes;
}

function parseNetstatDestination(text: string): Block | null {
  if (text === "default") return toBlock(0, 0);
  const [digits = "", length] = text.split("/");
  const octets = digits.split(".");
  if (octets.length > 4) return null;
  const address = [...octets, "0", "0", "0"].slice(0, 4).join(".");
  return parseCidr(`${address}/${length ?? octets.length * 8}`);
}
