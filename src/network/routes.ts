import { readFile } from "node:fs/promises";
import { endianness } from "node:os";
import { hasErrorCode } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import { type Block, contains, formatCidr, overlaps, parseCidr, toBlock, toPrefixLength } from "./cidr.ts";
import type { TakenSubnet } from "./pool.ts";

/** An IPv4 route of the machine cilo runs on. */
export interface HostRoute {
  /** CIDR text; "0.0.0.0/0" is the default route. */
  cidr: string;
  /** "eth0"; "*" where the kernel names none (a route that refuses). */
  device: string;
}

const netstatTimeoutMs = 5_000;

/**
 * Reads the machine's IPv4 routes: `/proc/net/route` on Linux, `netstat -rn -f inet` on macOS.
 * @returns none on other systems and where the table cannot be read: it is a precaution, not something to fail on.
 */
export async function readHostRoutes(platform: NodeJS.Platform = process.platform): Promise<HostRoute[]> {
  if (platform === "linux") return parseProcNetRoute(await readProcNetRoute());
  if (platform !== "darwin") return [];
  const netstat = await exec("netstat", ["-rn", "-f", "inet"], { timeoutMs: netstatTimeoutMs });
  return netstat.exitCode === 0 ? parseNetstatRoutes(netstat.stdout) : [];
}

async function readProcNetRoute(): Promise<string> {
  try {
    return await readFile("/proc/net/route", "latin1");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES")) return "";
    throw error;
  }
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

export interface RouteVerdict {
  taken: TakenSubnet[];
  /** Sentences for the user; no reason to stop. */
  warnings: string[];
}

/**
 * Says which host routes keep which parts of the pool from being used. A route to the pool or a part of it takes that; a broader one
 * (a VPN's 10.0.0.0/8) is only warned of, since an environment's own route is more specific; the default route counts for nothing.
 * @param ownSubnets CIDRs of the networks cilo has on this machine's engine now: the devices that carry them are cilo's bridges.
 */
export function judgeRoutes(routes: readonly HostRoute[], pool: string, ownSubnets: readonly string[]): RouteVerdict {
  const base = parseCidr(pool);
  if (base === null) throw new RangeError(`not an IPv4 CIDR: ${pool}`);
  const ownDevices = findOwnDevices(routes, ownSubnets);
  const verdict: RouteVerdict = { taken: [], warnings: [] };
  for (const { cidr, device } of routes) {
    const block = parseCidr(cidr);
    if (block === null || !overlaps(block, base) || isDefaultRoute(block) || ownDevices.has(device)) continue;
    if (contains(base, block)) verdict.taken.push({ cidr: formatCidr(block), holder: describeHolder(device) });
    else verdict.warnings.push(describeBroaderRoute(block, device, base));
  }
  return verdict;
}

function describeHolder(device: string): string {
  return device === "*" ? "a route of the host that leads nowhere" : `the host's route through ${device}`;
}

function describeBroaderRoute(block: Block, device: string, base: Block): string {
  return (
    `the host routes ${formatCidr(block)} through ${device}, which covers ${formatCidr(base)}: ` +
    "machines there that have an environment's addresses cannot be reached while it runs"
  );
}

/** VPNs that take over all traffic leave the default route in place and cover it with two halves, 0.0.0.0/1 and 128.0.0.0/1. */
function isDefaultRoute(block: Block): boolean {
  return block.prefixLength <= 1;
}

/** The first route to an own subnet is its bridge's; a second one, through another device, is somebody else's and a collision. */
function findOwnDevices(routes: readonly HostRoute[], ownSubnets: readonly string[]): Set<string> {
  const devices = new Set<string>();
  for (const subnet of ownSubnets) {
    const own = parseCidr(subnet);
    if (own === null) continue;
    const route = routes.find(({ cidr }) => cidr === formatCidr(own));
    if (route) devices.add(route.device);
  }
  return devices;
}
