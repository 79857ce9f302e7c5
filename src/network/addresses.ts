import { layoutOf } from "./layout.ts";

export interface AssignAddressesOptions {
  /** CIDR text of the environment's /24. */
  subnet: string;
  /** The services that want a fixed address, in any order. */
  services: readonly string[];
  /**
   * What state has, by service, also of services that the project has no longer: theirs stay reserved, since they may come back
   * (another branch, another profile) and a changed address makes Compose replace the container.
   */
  reserved: Readonly<Record<string, string | null>>;
}

/**
 * Gives every service its fixed address: the reserved one when there is one, else the lowest that is free, services taken by name.
 * An address that two services hold in `reserved` stays with the first by name, and one outside the subnet's fixed part is not kept.
 * @returns one entry for each of `services`; null when all 182 are gone: such a service gets a dynamic one from the engine.
 */
export function assignAddresses(options: AssignAddressesOptions): Record<string, string | null> {
  const fixed = layoutOf(options.subnet).fixed;
  const reserved = holdersOf(options.reserved, new Set(fixed));
  const heldBy = new Map([...reserved].map(([address, service]) => [service, address]));
  const free = fixed.filter((address) => !reserved.has(address)).values();

  const services = [...new Set(options.services)].sort();
  return Object.fromEntries(services.map((service) => [service, heldBy.get(service) ?? free.next().value ?? null]));
}

/** Who holds each reserved address that can be kept. */
function holdersOf(
  reserved: Readonly<Record<string, string | null>>,
  usable: ReadonlySet<string>,
): Map<string, string> {
  const holders = new Map<string, string>();
  for (const service of Object.keys(reserved).sort()) {
    const address = reserved[service];
    if (address && usable.has(address) && !holders.has(address)) holders.set(address, service);
  }
  return holders;
}
