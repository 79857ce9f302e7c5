import { type Block, contains, formatCidr, overlaps, parseCidr } from "./cidr.ts";
import type { TakenSubnet } from "./pool.ts";
import type { HostRoute } from "./routes.ts";

/** What the host's routes mean for a pool. */
export interface RouteVerdict {
  taken: TakenSubnet[];
  /** Sentences for the user; no reason to stop. */
  warnings: string[];
}

/**
 * Makes what says which host routes keep which parts of a pool from being used. A route to the pool or a part of it
 * takes that; a broader one (a VPN's 10.0.0.0/8) is only warned of, since an environment's own route is more specific;
 * the default route counts for nothing.
 * @param ownSubnets CIDRs of the networks on this machine's engine now: the devices that carry them are its bridges.
 * @returns takes a pool as CIDR text, and throws RangeError for what is none.
 */
export function createRouteJudge(
  routes: readonly HostRoute[],
  ownSubnets: readonly string[],
): (pool: string) => RouteVerdict {
  const ownDevices = findOwnDevices(routes, ownSubnets);
  const foreign = routes.flatMap((route) => {
    const block = parseCidr(route.cidr);
    return block === null || isDefaultRoute(block) || ownDevices.has(route.device) ? [] : [{ route, block }];
  });
  return (pool) => {
    const base = parseCidr(pool);
    if (base === null) throw new RangeError(`not an IPv4 CIDR: ${pool}`);
    const verdict: RouteVerdict = { taken: [], warnings: [] };
    for (const { route, block } of foreign) {
      if (!overlaps(block, base)) continue;
      if (contains(base, block)) verdict.taken.push({ cidr: formatCidr(block), holder: describeHolder(route) });
      else verdict.warnings.push(describeBroaderRoute(route, block, base));
    }
    return { ...verdict, warnings: [...new Set(verdict.warnings)] };
  };
}

function describeHolder({ device, table }: HostRoute): string {
  if (table === undefined && device === "*") return "a route of the host that leads nowhere";
  return `the host's route${device === "*" ? "" : ` through ${device}`}${table === undefined ? "" : ` in table ${table}`}`;
}

/** An environment's own route, in the main table, is more specific; another table may be asked before that one. */
function describeBroaderRoute({ device, table }: HostRoute, block: Block, base: Block): string {
  const through = device === "*" ? "" : ` through ${device}`;
  const where = table === undefined ? "" : ` by table ${table}`;
  const outcome =
    table === undefined
      ? "machines there that have an environment's addresses cannot be reached while it runs"
      : "where that table is asked before the main one, environments cannot be reached from this machine";
  return `the host routes ${formatCidr(block)}${through}${where}, which covers ${formatCidr(base)}: ${outcome}`;
}

/**
 * VPNs that take over all traffic leave the default route in place and cover it with two halves, 0.0.0.0/1 and
 * 128.0.0.0/1.
 */
function isDefaultRoute(block: Block): boolean {
  return block.prefixLength <= 1;
}

/**
 * The first route to an own subnet is its bridge's; a second one, through another device, is somebody else's and a
 * collision.
 */
function findOwnDevices(routes: readonly HostRoute[], ownSubnets: readonly string[]): Set<string> {
  const bridges = new Map<string, string>();
  for (const { cidr, device, table } of routes) {
    if (table === undefined && device !== "*" && !bridges.has(cidr)) bridges.set(cidr, device);
  }
  return new Set(
    ownSubnets.flatMap((subnet) => {
      const block = parseCidr(subnet);
      return block === null ? [] : (bridges.get(formatCidr(block)) ?? []);
    }),
  );
}
