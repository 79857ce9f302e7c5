import ipaddr from "ipaddr.js";
import { type ComposeProject, compareText } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";

/** A subnet that the project gives one of its networks. No copy has it: two networks of one engine cannot have the same. */
export interface OldSubnet {
  /** Key of the network. */
  key: string;
  /** As the project writes it. */
  cidr: string;
  /** The one the project names, else the first address, which is what the engine takes. */
  gateway: string;
}

/** The IPv4 subnets of the project's networks, by key and in the order of the file; those of external networks are not the project's to give. */
export function oldSubnets({ networks }: Pick<ComposeProject, "networks">): OldSubnet[] {
  return Object.entries(networks)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([key, network]) => {
      const config = fieldOf(fieldOf(network, "ipam"), "config");
      if (network?.external || !Array.isArray(config)) return [];
      return config.flatMap((block: unknown) => toOldSubnet(key, block));
    });
}

function toOldSubnet(key: string, block: unknown): OldSubnet[] {
  const cidr = fieldOf(block, "subnet");
  if (typeof cidr !== "string" || !ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return [];
  const gateway = fieldOf(block, "gateway");
  return [{ key, cidr, gateway: typeof gateway === "string" ? gateway : firstAddressOf(cidr) }];
}

function firstAddressOf(cidr: string): string {
  const octets = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const number = octets.reduce((value, octet) => value * 256 + octet, 0) + 1;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Whether an address, in dotted decimal, lies in a subnet. */
export function isInSubnet({ cidr }: Pick<OldSubnet, "cidr">, address: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}
