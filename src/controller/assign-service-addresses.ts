import type { ServiceDescription } from "../compose/describe.ts";
import type { Environment } from "../model/environment.ts";
import { isHostIn, sameHostIn } from "../model/kept-networks.ts";
import { ownNetworkKey } from "../model/names.ts";
import { assignAddresses } from "../network/addresses.ts";

/**
 * Gives every service that wants one a fixed address, in the first network that it is on. Host parts are given out once
 * in an environment, whatever its networks, so a service has the same one in all of them, keeps it when it moves from one
 * to another, and meets no other's.
 * @returns one entry for each of these services; null where all host parts are gone, and where its network has no subnet
 * yet.
 */
export function assignServiceAddresses(
  environment: Pick<Environment, "subnet" | "keptNetworks" | "services">,
  descriptions: Readonly<Record<string, Pick<ServiceDescription, "wantsAddress" | "networks">>>,
): Record<string, string | null> {
  const { subnet, keptNetworks = {}, services } = environment;
  const toOwn = (address: string | null) =>
    address !== null && Object.values(keptNetworks).some((kept) => isHostIn(kept, address))
      ? sameHostIn(subnet, address)
      : address;
  const reserved = Object.fromEntries(Object.entries(services).map(([name, { address }]) => [name, toOwn(address)]));
  const wanting = Object.keys(descriptions).filter((name) => descriptions[name]?.wantsAddress);
  const assigned = assignAddresses({ subnet, services: wanting, reserved });
  return Object.fromEntries(
    Object.entries(assigned).map(([name, address]) => {
      const [network = ownNetworkKey] = descriptions[name]?.networks ?? [];
      if (network === ownNetworkKey || address === null) return [name, address];
      const kept = keptNetworks[network];
      return [name, kept === undefined ? null : sameHostIn(kept, address)];
    }),
  );
}
