import type { Finding } from "../finding.ts";
import { compareText, sortedServices } from "../model.ts";
import { replicasOf } from "../replicas.ts";
import { planAliases } from "./aliases.ts";
import type { Contribution, OverrideContext, RewriteContext } from "./concern.ts";
import { mapping, override, type YamlMapping, type YamlValue } from "./render.ts";

/**
 * Puts every service that has a network on the environment's one, with its address and all its names, and drops the project's own networks:
 * fixed names, subnets and drivers go with them. The key must be `default`, which a service without `networks` joins.
 */
export function replaceNetworks(context: OverrideContext): Contribution {
  const { aliases, findings } = planAliases(context);
  const services = new Map<string, YamlMapping>();
  for (const { name, mode } of context.services) {
    if (mode.kind !== "environment") continue;
    const attachment = toAttachment(context, name, aliases.get(name) ?? []);
    services.set(name, mapping({ networks: override(mapping({ default: mapping(attachment) })) }));
  }
  return {
    services,
    networks: override(mapping({ default: mapping({ external: true, name: context.networkName }) })),
    findings: [...findings, ...describeNetworks(context)],
  };
}

function toAttachment(context: OverrideContext, name: string, aliases: readonly string[]): Record<string, YamlValue> {
  const address = fixedAddressOf(context, name);
  const mac = macAddressOf(context, name);
  return {
    ...(address === null ? {} : { ipv4_address: address }),
    ...(mac === null ? {} : { mac_address: mac }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

/** The address the override gives a service: none to replicas, of which the second could not start with it. */
export function fixedAddressOf(context: RewriteContext, name: string): string | null {
  const service = context.reading.base.services[name];
  if (service === undefined || replicasOf(service) !== 1 || context.modes.get(name)?.kind !== "environment")
    return null;
  return context.addresses[name] ?? null;
}

/** Bridges of two environments are apart, so the address of the link layer can stay. */
function macAddressOf({ reading }: OverrideContext, name: string): string | null {
  const service = reading.base.services[name];
  if (service?.mac_address) return null;
  const networks = service?.networks ?? {};
  const given = Object.keys(networks).sort(compareText);
  return given.map((key) => networks[key]?.mac_address ?? null).find((mac) => mac !== null) ?? null;
}

function describeNetworks({ reading }: OverrideContext): Finding[] {
  const used = new Set(sortedServices(reading.base).flatMap(([, service]) => Object.keys(service.networks ?? {})));
  const networks = Object.entries(reading.base.networks).sort(([a], [b]) => compareText(a, b));
  return networks.flatMap(([key, network]): Finding[] => {
    if (!used.has(key) || !network) return [];
    const common = { action: "rewritten", shared: false, level: "warning" } as const;
    if (network.external) {
      return [
        {
          ...common,
          rule: "external-network",
          path: ["networks", key],
          statement: `external network ${network.name ?? key} is replaced by the environment's, what else is on it cannot be reached`,
          hint: null,
        },
      ];
    }
    if (!network.internal) return [];
    return [
      {
        ...common,
        rule: "internal-network",
        path: ["networks", key, "internal"],
        statement: "internal has no effect, its services are on the environment's network and can reach the outside",
        hint: "set networks: preserve in .cilo/config.yml to keep them in",
      },
    ];
  });
}
