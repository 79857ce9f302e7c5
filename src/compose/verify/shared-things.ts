import { isDeepStrictEqual } from "node:util";
import { ownNetworkKey } from "../../model/names.ts";
import { isBeside, leadsNextDoor } from "../beside.ts";
import { bindsOf, buildDirectoriesOf } from "../host-paths.ts";
import { toFullReference } from "../image-reference.ts";
import { networksOfServices } from "../kept-networks.ts";
import { type ComposeService, compareText, sortedServices } from "../model.ts";
import { networkModesOf } from "../network-mode.ts";
import { builtBases } from "../override/image-names.ts";
import { writesToVolume } from "../override/volumes.ts";
import type { MergedProject, Violation } from "./violation.ts";

/** Host part of the addresses that are given to services: below are gateway and shared services, above the engine's own range. */
const firstHost = 10;
const lastHost = 191;

/** Finds what two copies would have in common, or what an address plan forbids, in the merged model. */
export function findSharedThings(project: MergedProject): Violation[] {
  const { reading, merged } = project;
  const attachments = networksOfServices(reading, networkModesOf(reading));
  const facts = { ...project, attachments, bases: builtBases(reading) };
  return [
    ...sortedServices(merged).flatMap(([name, service]) => checkService(facts, name, service)),
    ...checkNetworks(facts),
    ...checkVolumes(facts),
    ...checkAddresses(facts),
  ];
}

interface CheckedProject extends MergedProject {
  /** The keys of the networks that each service is to be on. */
  attachments: ReadonlyMap<string, readonly string[]>;
  /** Full references of the images that must keep their names. */
  bases: ReadonlySet<string>;
}

function checkService(facts: CheckedProject, name: string, service: ComposeService): Violation[] {
  if (service.provider) return [];
  if (facts.reading.options.sharedServices.includes(name)) return checkStub(name, service);
  const probe = facts.reading.probe.services[name];
  const subject = `service ${name}`;
  const found: Violation[] = [];
  if ((service.ports ?? []).length > 0)
    found.push({ subject, field: "ports", problem: "it still publishes host ports" });
  if (service.container_name && service.container_name === probe?.container_name) {
    found.push({ subject, field: "container_name", problem: "every copy would have the same" });
  }
  const namesMayBeShared = facts.reading.options.images === "shared";
  const isBase = service.image ? facts.bases.has(toFullReference(service.image)) : false;
  if (!namesMayBeShared && !isBase && service.build && service.image && service.image === probe?.image) {
    found.push({ subject, field: "image", problem: "every copy would build the same name" });
  }
  if (
    !namesMayBeShared &&
    service.build?.tags?.some((tag) => probe?.build?.tags?.includes(tag) && !facts.bases.has(toFullReference(tag)))
  ) {
    found.push({ subject, field: "build.tags", problem: "every copy would build the same name" });
  }
  if (
    facts.reading.active.includes(name) &&
    buildDirectoriesOf(service).some((path) => isBeside(facts.reading, path))
  ) {
    found.push({ subject, field: "build", problem: "it is built from beside the copy, where other copies are" });
  }
  if (bindsOf(service).some(({ source }) => leadsNextDoor(facts.reading, source))) {
    found.push({ subject, field: "volumes", problem: "it mounts what is beside the copy, where other copies are" });
  }
  return isOnOwnNetworks(facts.attachments.get(name) ?? [ownNetworkKey], service)
    ? found
    : [...found, { subject, field: "networks", problem: "it is on a network other than the environment's" }];
}

/** A shared service's container is another's: here there is nothing to start, to build or to keep data for. */
function checkStub(name: string, { scale, ports, volumes, build }: ComposeService): Violation[] {
  const fields: [string, boolean][] = [
    ["scale", Number(scale) !== 0],
    ["ports", (ports ?? []).length > 0],
    ["volumes", (volumes ?? []).length > 0],
    ["build", Boolean(build)],
  ];
  return fields.flatMap(([field, isLeft]) =>
    isLeft ? [{ subject: `service ${name}`, field, problem: "it is shared, and a copy would have its own" }] : [],
  );
}

/** @param expected keys of the networks it is to be on where it has its own; more would let it out, or others in. */
function isOnOwnNetworks(expected: readonly string[], { network_mode: mode, networks }: ComposeService): boolean {
  const keys = Object.keys(networks ?? {}).sort(compareText);
  if (mode) return keys.length === 0 && (mode === "none" || mode === "host" || /^(service|container):/.test(mode));
  return isDeepStrictEqual(keys, [...expected].sort(compareText));
}

function checkNetworks({ merged, networkNames }: MergedProject): Violation[] {
  return Object.entries(merged.networks).flatMap(([key, network]) =>
    network?.external && network.name === networkNames.get(key)
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
  return fixedAddressesOf(merged).flatMap(({ name, service, key, address }): Violation[] => {
    const subject = `service ${name}`;
    const field = `networks.${key}.ipv4_address`;
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

function fixedAddressesOf(merged: MergedProject["merged"]) {
  return sortedServices(merged).flatMap(([name, service]) =>
    Object.entries(service.networks ?? {}).flatMap(([key, attachment]) =>
      attachment?.ipv4_address ? [{ name, service, key, address: attachment.ipv4_address }] : [],
    ),
  );
}
