import type { Finding } from "../../model/finding.ts";
import { toEntries, toTexts } from "../loose-values.ts";
import { unescapeDollars } from "../model.ts";
import { addressOwnerOf } from "../network-mode.ts";
import { planAliases } from "../override/aliases.ts";
import type { OverrideContext } from "../override/concern.ts";
import { rewriteService } from "../override/rewritten-values.ts";

/** Finds entries of extra_hosts that hide a service of the copy from another: a hosts file goes before the engine's DNS. */
export function findShadowingHosts(context: OverrideContext): Finding[] {
  const owners = ownersOfNames(context);
  return context.services.flatMap(({ name, service }) =>
    parseExtraHosts(rewriteService(context, service).extra_hosts).flatMap(({ host, address }): Finding[] => {
      const owner = owners.get(host.toLowerCase());
      const own = owner === undefined ? [] : [...(context.fixedAddresses.get(owner)?.values() ?? [])];
      if (owner === undefined || own.includes(address)) return [];
      const isLoopback = /^(127\.|::1$)/.test(address);
      const place = isLoopback ? "the container itself" : "an address that is the same in every copy";
      return [
        {
          rule: "extra-hosts-shadow",
          action: "kept",
          shared: !isLoopback,
          level: "note",
          path: ["services", name, "extra_hosts"],
          item: host,
          statement: `extra_hosts gives ${host} ${place}, so inside it the name does not lead to service ${owner} of the copy`,
          hint: `remove ${host} from extra_hosts if the copy's own service is meant`,
        },
      ];
    }),
  );
}

/** The service that the engine's DNS gives for each name, in lower case. */
function ownersOfNames(context: OverrideContext): Map<string, string> {
  const aliases = [...context.networkNames.keys()].flatMap((network) => [...planAliases(context, network).aliases]);
  const owners = new Map<string, string>();
  for (const { name } of context.services) {
    const owner = addressOwnerOf(name, context.modes);
    if (owner === name) owners.set(name.toLowerCase(), name);
  }
  for (const [name, given] of aliases) {
    for (const alias of given) {
      const key = unescapeDollars(alias).toLowerCase();
      if (!owners.has(key)) owners.set(key, name);
    }
  }
  return owners;
}

/** Reads `host=address`, `host:address` and the mapping. */
function parseExtraHosts(value: unknown): { host: string; address: string }[] {
  const entries = toEntries(value).flatMap(([host, given]) => toTexts(given).map((address) => ({ host, address })));
  const listed = Array.isArray(value) ? toTexts(value) : [];
  return [
    ...entries,
    ...listed.flatMap((entry) => {
      const [, host, address] = /^([^=:]+)[=:]\s*(.*)$/.exec(entry) ?? [];
      return host === undefined || address === undefined ? [] : [{ host, address }];
    }),
  ].map(({ host, address }) => ({ host: unescapeDollars(host.trim()), address: address.replace(/^\[(.*)\]$/, "$1") }));
}
