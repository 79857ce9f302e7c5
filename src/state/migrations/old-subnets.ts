import { isIPv4 } from "node:net";

/** Addresses in a /24, which every environment has. */
const blockSize = 256;
/** 10.225.0.0/16 is where environments take extra networks from; no environment's own subnet is put there. */
const extraNetworks = { first: toNumber("10.225.0.0"), last: toNumber("10.225.255.255") };
/** Last octets that cilo gives to an environment's services; those below are for shared services, those above the engine's. */
const serviceOctets = { first: 10, last: 191 };

/**
 * Keeps every old subnet that is a /24 and the environment's own. The Go program counted on past 255 and wrote "10.224.256.0/24", and could give
 * one subnet twice: such an environment gets the lowest /24 of the base subnet that is free in the list given, or the next ones after the base
 * subnet's end. Whether the engine or the host uses it already is looked at by `up`, as for any other.
 * @returns the same list, each entry with its subnet, none twice; the first of two that have one keeps it.
 */
export function repairSubnets<T extends { subnet: string }>(
  environments: readonly T[],
  baseSubnet: string,
): (T & { repairedSubnet: string })[] {
  const taken = new Set<string>();
  function claim(subnet: string): string {
    taken.add(subnet);
    return subnet;
  }
  const kept = environments.map(({ subnet }) => (isBlock(subnet) && !taken.has(subnet) ? claim(subnet) : null));
  return environments.map((environment, index) => ({
    ...environment,
    repairedSubnet: kept[index] ?? claim(findFreeBlock(baseSubnet, taken)),
  }));
}

/** Tells whether a service may keep an old address in its environment's subnet. */
export function isServiceAddress(address: string, subnet: string): boolean {
  if (!isIPv4(address)) return false;
  const octet = toNumber(address) - toNumber(addressOf(subnet));
  return octet >= serviceOctets.first && octet <= serviceOctets.last;
}

/** The base subnet as CIDR; the Go program wrote the first octets of it ("10.224."). Null when it is neither. */
export function parseBaseSubnet(text: string): string | null {
  if (/^[0-9]+\.[0-9]+\.$/.test(text) && isIPv4(`${text}0.0`)) return `${text}0.0/16`;
  const [address = "", length = ""] = text.split("/");
  return isIPv4(address) && /^(8|9|1[0-9]|2[0-4])$/.test(length) && text === `${address}/${length}` ? text : null;
}

function findFreeBlock(baseSubnet: string, taken: ReadonlySet<string>): string {
  for (let address = toNumber(addressOf(baseSubnet)); ; address += blockSize) {
    if (address >= extraNetworks.first && address <= extraNetworks.last) address = extraNetworks.last + 1;
    const subnet = `${toText(address)}/24`;
    if (!taken.has(subnet)) return subnet;
  }
}

function isBlock(subnet: string): boolean {
  return (
    isIPv4(addressOf(subnet)) && subnet === `${toText(toNumber(addressOf(subnet)))}/24` && subnet.endsWith(".0/24")
  );
}

function addressOf(subnet: string): string {
  return subnet.split("/")[0] ?? "";
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
