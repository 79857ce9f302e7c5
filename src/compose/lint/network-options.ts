import type { Finding } from "../../model/finding.ts";
import { isTrue, listWords, toEntries } from "../loose-values.ts";
import { type ComposeNetwork, compareText } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Options of an attachment that say something of one of several networks, of which a copy has one. */
const attachmentOptions = [
  "priority",
  "gw_priority",
  "link_local_ips",
  "ipv6_address",
  "driver_opts",
  "interface_name",
] as const;

const bridgeName = "com.docker.network.bridge.name";

/** Tells what a project says of its networks that is lost when the copy's own take their place. */
export function findNetworkOptions(context: OverrideContext): Finding[] {
  return [...findAttachmentOptions(context), ...findOptionsOfNetworks(context)];
}

function findAttachmentOptions({ services }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service, mode }) => {
    if (mode.kind !== "environment") return [];
    const networks = Object.entries(service.networks ?? {}).sort(([a], [b]) => compareText(a, b));
    return networks.flatMap(([key, attachment]) => {
      const lost = attachmentOptions.filter((option) => isGiven(attachment?.[option]));
      if (lost.length === 0) return [];
      const verb = lost.length === 1 ? "has" : "have";
      const statement = `${listWords(lost)} on the network ${key} ${verb} no effect on the copy's own network`;
      return [toFinding(["services", name, "networks", key], statement)];
    });
  });
}

function findOptionsOfNetworks({ services, reading }: OverrideContext): Finding[] {
  const used = new Set(services.flatMap(({ service }) => Object.keys(service.networks ?? {})));
  const networks = Object.entries(reading.base.networks).sort(([a], [b]) => compareText(a, b));
  return networks.flatMap(([key, network]) => {
    if (!used.has(key) || !network || network.external) return [];
    return lostOf(network).map(([field, effect]) => toFinding(["networks", key, ...field], effect));
  });
}

/** Each with the keys that lead to it below the network. */
function lostOf(network: ComposeNetwork): [field: string[], effect: string][] {
  const { driver } = network;
  const options = toEntries(network.driver_opts).map(([option]) => option);
  const others = options.filter((option) => option !== bridgeName).sort(compareText);
  return [
    ...lost(
      driver && driver !== "bridge",
      ["driver"],
      `driver ${driver} is replaced by a bridge network of the copy's own`,
    ),
    ...lost(isGiven(fieldOf(network.ipam, "config")), ["ipam"], "its addresses are replaced by the copy's own"),
    ...lost(
      isTrue(network.enable_ipv6),
      ["enable_ipv6"],
      "enable_ipv6 has no effect, a copy's networks have IPv4 only",
    ),
    ...lost(isTrue(network.attachable), ["attachable"], "attachable has no effect, the network is the copy's own"),
    ...lost(
      options.includes(bridgeName),
      ["driver_opts", bridgeName],
      "the name of its bridge is dropped, as only one network can have it",
    ),
    ...lost(
      others.length > 0,
      ["driver_opts"],
      `driver_opts ${listWords(others)} have no effect on the copy's own network`,
    ),
  ];
}

function lost(is: unknown, field: string[], effect: string): [string[], string][] {
  return is ? [[field, effect]] : [];
}

function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null;
}

function toFinding(path: string[], statement: string): Finding {
  return { rule: "network-options", action: "rewritten", shared: false, level: "note", path, statement, hint: null };
}
