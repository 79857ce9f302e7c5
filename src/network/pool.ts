import { CiloError } from "../base/errors.ts";
import { type Block, contains, formatCidr, overlaps, parseCidr, sizeOfPrefix, toBlock } from "./cidr.ts";

/** A block of addresses that somebody has. */
export interface TakenSubnet {
  /** CIDR text; anything that is not IPv4 is ignored. */
  cidr: string;
  /** Who has it, as a sentence can name it: "environment shop/login", "network bridge of the engine", "the host's route through tun0". */
  holder: string;
}

const maxHoldersInMessage = 8;
const maxSubnetsPerHolder = 3;

/**
 * Picks the lowest free subnet of `prefixLength` bits inside `pool`.
 * @param options.taken state, engine networks and host routes together; may overlap, any order and size.
 * @returns CIDR text, "10.224.3.0/24". Equal input gives equal output.
 * @throws CILO_POOL_EXHAUSTED when no block is free; details = { pool, holders: [{ holder, subnets }] }.
 * @throws CILO_CONFIG_INVALID when `pool` is not an IPv4 CIDR.
 */
export function allocateSubnet(options: { pool: string; prefixLength: 24; taken: readonly TakenSubnet[] }): string {
  const { prefixLength } = options;
  const pool = parsePool(options.pool);
  const size = sizeOfPrefix(prefixLength);
  // One sweep: the candidate moves up past every taken block it meets, and those come in ascending order.
  let candidate = toBlock(pool.first, prefixLength);
  for (const block of blocksIn(pool, options.taken)) {
    if (block.last < candidate.first) continue;
    if (block.first > candidate.last) break;
    candidate = toBlock(Math.ceil((block.last + 1) / size) * size, prefixLength);
  }
  if (!contains(pool, candidate)) throw poolExhausted(pool, options);
  return formatCidr(candidate);
}

/** How many subnets of `prefixLength` bits a pool has, and how many of them nobody has a part of. */
export function countSubnets(options: { pool: string; prefixLength: 24; taken: readonly TakenSubnet[] }): {
  size: number;
  free: number;
} {
  const pool = parsePool(options.pool);
  const unit = sizeOfPrefix(options.prefixLength);
  const size = Math.floor((pool.last - pool.first + 1) / unit);
  const parts = blocksIn(pool, options.taken).map(({ first, last }) => ({
    first: Math.max(0, Math.floor((first - pool.first) / unit)),
    last: Math.min(size - 1, Math.floor((last - pool.first) / unit)),
  }));
  let used = 0;
  let next = 0;
  for (const { first, last } of parts) {
    used += Math.max(0, last + 1 - Math.max(first, next));
    next = Math.max(next, last + 1);
  }
  return { size, free: size - used };
}

/** What is taken of a pool, ascending by the first address. */
function blocksIn(pool: Block, taken: readonly TakenSubnet[]): Block[] {
  return taken
    .map(({ cidr }) => parseCidr(cidr))
    .filter((block) => block !== null)
    .filter((block) => overlaps(block, pool))
    .sort((a, b) => a.first - b.first);
}

/** Finds who has (a part of) a subnet: the first such entry of `taken`, or null when nobody has. */
export function findCollision(subnet: string, taken: readonly TakenSubnet[]): TakenSubnet | null {
  const wanted = parseCidr(subnet);
  if (wanted === null) throw new RangeError(`not an IPv4 subnet: ${subnet}`);
  return (
    taken.find((entry) => {
      const block = parseCidr(entry.cidr);
      return block !== null && overlaps(block, wanted);
    }) ?? null
  );
}

function parsePool(text: string): Block {
  const pool = parseCidr(text);
  if (pool !== null) return pool;
  throw new CiloError("CILO_CONFIG_INVALID", `base subnet ${JSON.stringify(text)} is not an IPv4 CIDR`, {
    hint: 'write it like "10.224.0.0/16"',
    details: { pool: text },
  });
}

function poolExhausted(pool: Block, options: { prefixLength: 24; taken: readonly TakenSubnet[] }): CiloError {
  const holders = groupHolders(formatCidr(pool), options.taken);
  const listed = holders.slice(0, maxHoldersInMessage).map(describeHolder);
  if (holders.length > listed.length) listed.push(`${holders.length - listed.length} more have the rest`);
  const why = listed.length === 0 ? "it is too small for one" : listed.join("; ");
  return new CiloError("CILO_POOL_EXHAUSTED", `no /${options.prefixLength} is free in ${formatCidr(pool)}: ${why}`, {
    hint: 'run "cilo network status" to see who has what, then "cilo destroy ENVIRONMENT" for one that is not needed any more, or set network.base_subnet in config.yml to a larger block',
    details: { pool: formatCidr(pool), holders },
  });
}

/** Somebody with all that they have of a pool. */
export interface Holder {
  holder: string;
  /** CIDR texts. */
  subnets: string[];
}

/**
 * Who has what of a pool; those with the largest part of it first.
 * @throws CILO_CONFIG_INVALID when `pool` is not an IPv4 CIDR.
 */
export function groupHolders(poolText: string, taken: readonly TakenSubnet[]): Holder[] {
  const pool = parsePool(poolText);
  const groups = new Map<string, Block[]>();
  for (const { cidr, holder } of taken) {
    const block = parseCidr(cidr);
    if (block === null || !overlaps(block, pool)) continue;
    groups.set(holder, [...(groups.get(holder) ?? []), block]);
  }
  return [...groups]
    .map(([holder, blocks]) => ({ holder, subnets: blocks.map(formatCidr), size: totalSize(blocks) }))
    .sort((a, b) => b.size - a.size || (a.holder < b.holder ? -1 : 1))
    .map(({ holder, subnets }) => ({ holder, subnets }));
}

function totalSize(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + sizeOfPrefix(block.prefixLength), 0);
}

function describeHolder({ holder, subnets }: Holder): string {
  const shown = subnets.slice(0, maxSubnetsPerHolder).join(", ");
  const more = subnets.length - maxSubnetsPerHolder;
  return `${holder} has ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}
