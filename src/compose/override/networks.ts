import type { Finding } from "../../model/finding.ts";
import { attachmentsOn, keptKeysOf } from "../kept-networks.ts";
import { compareText, sortedServices } from "../model.ts";
import { planAliases } from "./aliases.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { mapping, override, type YamlMapping, type YamlValue } from "./render.ts";

/**
 * Puts every service that has a network on the copy's own, with its address and all its names, and drops the project's
 * networks: fixed names, subnets and drivers go with them. Networks that are kept are declared as external under their
 * key, as the own one is: cilo makes them.
 */
export function replaceNetworks(context: OverrideContext): Contribution {
  const plans = new Map([...context.networkNames.keys()].map((key) => [key, planAliases(context, key)]));
  const services = [...context.attachments].map(([name, keys]): [string, YamlMapping] => {
    const attachments = keys.map((key): [string, YamlValue] => {
      const aliases = plans.get(key)?.aliases.get(name) ?? [];
      return [key, mapping(toAttachment(context, { name, key, aliases }))];
    });
    return [name, mapping({ networks: override(new Map(attachments)) })];
  });
  const networks = [...context.networkNames].map(([key, name]): [string, YamlValue] => [
    key,
    mapping({ external: true, name }),
  ]);
  return {
    services: new Map(services),
    networks: override(new Map(networks)),
    findings: [...distinct([...plans.values()].flatMap(({ findings }) => findings)), ...describeNetworks(context)],
  };
}

/** A name that two services want is told once, on however many networks. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

/** What a service says of one network that it is on. */
interface Attachment {
  name: string;
  /** The network's key in the copy. */
  key: string;
  aliases: readonly string[];
}

function toAttachment(context: OverrideContext, { name, key, aliases }: Attachment): Record<string, YamlValue> {
  const address = context.fixedAddresses.get(name)?.get(key);
  const mac = macAddressOf(context, name, key);
  return {
    ...(address === undefined ? {} : { ipv4_address: address }),
    ...(mac === null ? {} : { mac_address: mac }),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

/** Bridges of two environments are apart, so the address of the link layer can stay. */
function macAddressOf({ reading }: OverrideContext, name: string, key: string): string | null {
  const service = reading.base.services[name];
  if (service?.mac_address) return null;
  const given = attachmentsOn(reading, service ?? {}, key);
  return given.map((attachment) => attachment?.mac_address ?? null).find((mac) => mac !== null) ?? null;
}

function describeNetworks({ reading }: OverrideContext): Finding[] {
  const used = new Set(sortedServices(reading.base).flatMap(([, service]) => Object.keys(service.networks ?? {})));
  const kept = keptKeysOf(reading);
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
    const internal = { ...common, rule: "internal-network", path: ["networks", key, "internal"] };
    return kept.has(key)
      ? [{ ...internal, level: "note", statement: "internal is kept, as a network of the copy's own", hint: null }]
      : [
          {
            ...internal,
            statement:
              "internal has no effect, its services are on the environment's network and can reach the outside",
            hint: "set networks: preserve in .cilo/config.yml to keep them in",
          },
        ];
  });
}
