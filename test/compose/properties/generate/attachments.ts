import fc from "fast-check";
import { networks } from "./sections.ts";
import { staticAddresses } from "./texts.ts";

/** How a service is attached; `address` numbers choose static addresses, which each project gives out once. */
export interface Attachments {
  kind: "none" | "list" | "map" | "mode" | "empty" | "nothing";
  keys: string[];
  aliases: string[];
  mode: string;
  hasAddress: boolean;
  options: Record<string, unknown>;
}

export const attachments: fc.Arbitrary<Attachments> = fc.record({
  kind: fc.constantFrom("none", "list", "map", "map", "map", "mode", "empty", "nothing"),
  keys: fc.subarray([...Object.keys(networks), "default"], { minLength: 1, maxLength: 3 }),
  aliases: fc.subarray(["store", "Www", "web", "a.b.c", "my-db", "DB", "x_y", "a$$b"], { maxLength: 3 }),
  mode: fc.constantFrom("none", "host", "bridge", "default", "some-network"),
  hasAddress: fc.boolean(),
  options: fc.record(
    {
      priority: fc.nat(1000),
      link_local_ips: fc.constant(["169.254.1.1"]),
      mac_address: fc.constant("02:42:ac:11:00:02"),
    },
    { requiredKeys: [] },
  ),
});

/** Writes it into the service, in the form chosen. */
export function addAttachments(service: Record<string, unknown>, index: number, chosen: Attachments): void {
  if (chosen.kind === "mode") service.network_mode = chosen.mode;
  if (chosen.kind === "list") service.networks = chosen.keys;
  if (chosen.kind === "empty") service.networks = Object.fromEntries(chosen.keys.map((key) => [key, null]));
  if (chosen.kind === "nothing") service.networks = index % 2 === 0 ? [] : {};
  if (chosen.kind !== "map") return;
  const entries = chosen.keys.map((key, at) => [
    key,
    at === 0 ? { ...addressesIn(key, index, chosen), ...chosen.options, aliases: chosen.aliases } : null,
  ]);
  service.networks = Object.fromEntries(entries);
}

function addressesIn(key: string, index: number, { hasAddress }: Attachments): Record<string, string> {
  if (!hasAddress) return {};
  if (key === "back") return { ipv4_address: staticAddresses[index % staticAddresses.length] ?? "172.28.0.20" };
  if (key === "same") return { ipv4_address: `10.224.201.${15 - index}` };
  if (key === "six") return { ipv4_address: `172.29.0.${10 + index}`, ipv6_address: `2001:db8::${10 + index}` };
  return {};
}
