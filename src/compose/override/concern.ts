import type { Environment } from "../../model/environment.ts";
import type { Finding } from "../finding.ts";
import { type ComposeService, sortedServices } from "../model.ts";
import { type NetworkMode, networkModesOf } from "../network-mode.ts";
import type { ProjectReading } from "../project.ts";
import type { YamlMapping, YamlValue } from "./render.ts";

/** All that the override is made from; equal input gives equal bytes. */
export interface OverrideInput {
  reading: ProjectReading;
  /** Id of the installation, for the labels. */
  installation: string;
  environment: Pick<Environment, "id" | "project" | "name" | "suffix" | "shortNames" | "composeProject">;
  /** The environment's network as the engine knows it. */
  networkName: string;
  /** The address reserved for each service. */
  addresses: Readonly<Record<string, string | null>>;
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
}

/** What values are rewritten by; the verification has only this much. */
export type RewriteContext = Pick<OverrideContext, "reading" | "networkName" | "addresses" | "modes">;

export type Concern = (context: OverrideContext) => Contribution;

/** Prepares what all concerns look at. Services of a provider have no container and are left as they are. */
export function toOverrideContext(input: OverrideInput): OverrideContext {
  const modes = networkModesOf(input.reading);
  const services = sortedServices(input.reading.base).flatMap(([name, service]) => {
    const mode = modes.get(name);
    return mode === undefined || mode.kind === "provider" ? [] : [{ name, service, mode }];
  });
  return { ...input, services, modes };
}

/** The value under the probe's name: equal to the base's when it does not follow from the project's name. */
export function isFixed<T>(base: T, probe: T): boolean {
  return base !== undefined && base !== null && base === probe;
}
