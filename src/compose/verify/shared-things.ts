import { type ComposeService, sortedServices } from "../model.ts";
import { writesToVolume } from "../override/volumes.ts";
import type { MergedProject, Violation } from "./violation.ts";

/** Host part of the addresses that are given to services: below are gateway and shared services, above the engine's own range. */
const firstHost = 10;
const lastHost = 191;

/** Finds what two copies would have in common, or what an address plan forbids, in the merged model. */
export function findSharedThings(facts: MergedProject): Violation[] {
  return [
    ...sortedServices(facts.merged).flatMap(([name, service]) => checkService(facts, name, service)),
    ...checkNetworks(facts),
    ...checkVolumes(facts),
    ...checkAddresses(facts),
  ];
}

function checkService(facts: MergedProject, name: string, service: ComposeService): Violation[] {
  if (service.provider) return [];
  const probe = facts.reading.probe.services[name];
  const subject = `service ${name}`;
  const found: Violation[] = [];
  if ((service.ports ?? []).length > 0)
    found.push({ subject, field: "ports", problem: "it still publishes host ports" });
  if (service.container_name && service.container_name === probe?.container_name) {
    found.push({ subject, field: "container_name", problem: "every copy would have the same" });
  }
  const namesMayBeShared = facts.reading.options.images === "shared";
  if (!namesMayBeShared && service.build && service.image && service.image === probe?.image) {
    found.push({ subject, field: "image", problem: "every copy would build the same name" });
  }
  if (!namesMayBeShared && service.build?.tags?.some((tag) => probe?.build?.tags?.includes(tag))) {
    found.push({ subject, field: "build.tags", problem: "every copy would build the same name" });
  }
  return isOnOwnNetwork(service)
    ? found
    : [...found, { subject, field: "networks", problem: "it is on a network other than the environment's" }];
}

function isOnOwnNetwork({ network_mode: mode, networks }: ComposeService): boolean {
  const keys = Object.keys(networks ?? {});
  if (mode) return keys.length === 0 && (mode === "none" || mode === "host" || /^(service|container):/.test(mode));
  return keys.length === 1 && keys[0] === "default";
}

function checkNetworks({ merged, networkName }: MergedProject): Violation[] {
  return Object.entries(merged.networks).flatMap(([key, network]) =>
    key === "default" && network?.external && network.name === networkName
      ? []
      : [{ subject: `network ${key}`, field: "name", problem: "it is not the environment's network" }],
  );
}

/** An external volume that stays must have been one before, and nothing may write to it. */
function checkVolumes({ merged, reading }: MergedProject): Violation[] {
  return Object.entries(merged.volumes).flatMap(([key, volume]): Violation[] => {
    const isShared = (volume?.name ?? key) === (reading.probe.volumes[key]?.name ?? key);
    if (!isShared) return [];
    if (volume?.external && reading.base.volumes[key]?.external && reading.options.keepVolumes.includes(key)) return [];
    const isWritten = Object.values(merged.services).some((service) => writesToVolume(service, key));
    if (volume?.external && reading.base.volumes[key]?.external && !isWritten) return [];
    return [{ subject: `volume ${key}`, field: "name", problem: "every copy would write to the same volume" }];
  });
}

function checkAddresses({ merged }: MergedProject): Violation[] {
  const seen = new Map<string, string>();
  return sortedServices(merged).flatMap(([name, service]): Violation[] => {
    const address = service.networks?.default?.ipv4_address;
    if (!address) return [];
    const subject = `service ${name}`;
    const field = "networks.default.ipv4_address";
    const host = Number(address.split(".")[3]);
    const other = seen.get(address);
    seen.set(address, name);
    if (other !== undefined) return [{ subject, field, problem: `it is also that of service ${other}` }];
    if (!(host >= firstHost && host <= lastHost)) {
      return [
        { subject, field, problem: `${address} is not among the fixed addresses (.${firstHost} to .${lastHost})` },
      ];
    }
    const replicas = Number(service.scale ?? service.deploy?.replicas ?? 1);
    return Number.isNaN(replicas) || replicas === 1
      ? []
      : [{ subject, field, problem: `${replicas} replicas cannot share it` }];
  });
}
