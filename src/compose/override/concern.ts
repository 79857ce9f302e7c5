import type { Environment } from "../../model/environment.ts";
import type { Finding } from "../../model/finding.ts";
import { sameHostIn } from "../../model/kept-networks.ts";
import { ownNetworkKey } from "../../model/names.ts";
import { namesOfNetworks, networksOfServices } from "../kept-networks.ts";
import { type ComposeService, sortedServices } from "../model.ts";
import { type NetworkMode, networkModesOf } from "../network-mode.ts";
import type { ProjectReading } from "../project.ts";
import { replicasOf } from "../replicas.ts";
import type { YamlMapping, YamlValue } from "./render.ts";

/** All that the override is made from; equal input gives equal bytes. */
export interface OverrideInput {
  reading: ProjectReading;
  /** Id of the installation, for the labels. */
  installation: string;
  environment: Pick<Environment, "id" | "project" | "name" | "suffix" | "shortNames" | "composeProject">;
  /** The environment's network as the engine knows it. */
  networkName: string;
  /** The address reserved for each service, in the first network it is on. */
  addresses: Readonly<Record<string, string | null>>;
  /** CIDRs of the networks the copy keeps, by key; in one that has none yet, addresses are the engine's to give. */
  keptSubnets?: Readonly<Record<string, string>>;
  /** The service `.cilo/config.yml` names as ingress. */
  configuredIngress?: string | null;
}

/** What one concern has to say in the override. A key of a service that two concerns write must hold a mapping in both. */
export interface Contribution {
  services?: ReadonlyMap<string, YamlMapping>;
  volumes?: YamlMapping;
  networks?: YamlValue;
  findings?: readonly Finding[];
}

/** The project as the concerns look at it: services in a fixed order, each with where its network comes from. */
export interface OverrideContext extends OverrideInput {
  /** Every service that has containers, sorted by name. */
  services: readonly { name: string; service: ComposeService; mode: NetworkMode }[];
  modes: ReadonlyMap<string, NetworkMode>;
  /** The keys of the networks that each service with one of its own is on, the copy's own first. */
  attachments: ReadonlyMap<string, readonly string[]>;
  /** Names on the engine of the copy's networks, by key. */
  networkNames: ReadonlyMap<string, string>;
  /** Each service's fixed addresses, by the key of the network. */
  fixedAddresses: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** What values are rewritten by; the verification has only this much. */
export type RewriteContext = Pick<OverrideContext, "reading" | "networkNames" | "fixedAddresses">;

export type Concern = (context: OverrideContext) => Contribution;

/** Prepares what all concerns look at. Services of a provider have no container and are left as they are, those that are shared have none here. */
export function toOverrideContext(input: OverrideInput): OverrideContext {
  const { reading, networkName, environment } = input;
  const modes = networkModesOf(reading);
  const attachments = networksOfServices(reading, modes);
  const services = sortedServices(reading.base).flatMap(([name, service]) => {
    const mode = modes.get(name);
    return mode === undefined || mode.kind === "provider" || mode.kind === "shared" ? [] : [{ name, service, mode }];
  });
  const networkNames = namesOfNetworks(reading, { networkName, composeProject: environment.composeProject });
  return { ...input, services, modes, attachments, networkNames, fixedAddresses: fixAddresses(input, attachments) };
}

/** Replicas have no fixed address: the second could not start with it. */
function fixAddresses(
  { reading, addresses, keptSubnets = {} }: OverrideInput,
  attachments: OverrideContext["attachments"],
): Map<string, Map<string, string>> {
  const addressIn = (key: string, address: string) => {
    if (key === ownNetworkKey) return address;
    const subnet = keptSubnets[key];
    return subnet === undefined ? null : sameHostIn(subnet, address);
  };
  return new Map(
    [...attachments].map(([name, keys]) => {
      const address = replicasOf(reading.base.services[name] ?? {}) === 1 ? (addresses[name] ?? null) : null;
      const fixed = keys.flatMap((key): [string, string][] => {
        const found = address === null ? null : addressIn(key, address);
        return found === null ? [] : [[key, found]];
      });
      return [name, new Map(fixed)];
    }),
  );
}

/** The value under the probe's name: equal to the base's when it does not follow from the project's name. */
export function isFixed<T>(base: T, probe: T): boolean {
  return base !== undefined && base !== null && base === probe;
}
