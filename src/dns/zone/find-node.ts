import { type NameKey, parentOf } from "../wire/name.ts";
import { discoveryPlaceOf, serviceRecords } from "./discovery.ts";
import type { FactsByName } from "./name-facts.ts";
import type { ZoneNode } from "./zone-node.ts";

/** What a zone has at a name, kept or following from the host that it is a name of SRV records of. */
export function findNode(names: FactsByName, name: NameKey): ZoneNode | null {
  return names.get(name)?.node ?? findDiscovery(names, name);
}

/**
 * The names of SRV records and those between them and their hosts would be half of all names and are hardly ever asked
 * for, so they are not kept: unless someone has such a name for something else as well, it is found through the host.
 */
function findDiscovery(names: FactsByName, name: NameKey): ZoneNode | null {
  const place = discoveryPlaceOf(name);
  const host = place === null ? null : (names.get(place.host)?.node ?? null);
  if (place === null || host === null || host.discovery === null) return null;
  return {
    self: "exists",
    below: "local",
    rrsets: place.hasRecords ? [serviceRecords(place.host, host.discovery)] : [],
    wildcard: null,
    // Someone may have the name between as a suffix.
    authority: (names.get(parentOf(name))?.node ?? host).authority,
    discovery: null,
  };
}
