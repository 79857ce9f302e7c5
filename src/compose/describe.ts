import type { ServicePurpose } from "../model/environment.ts";
import { type Finding, redactFinding } from "../model/finding.ts";
import { userLabelKeys } from "../model/labels.ts";
import { splitHostnames } from "./hostnames.ts";
import { chooseIngress } from "./ingress.ts";
import { networksOfServices } from "./kept-networks.ts";
import { type ComposeService, sortedServices } from "./model.ts";
import { type NetworkMode, networkModesOf } from "./network-mode.ts";
import { tcpPortsOf } from "./ports.ts";
import type { ProjectReading } from "./project.ts";
import { hasHealthcheck, purposesOf } from "./purpose.ts";
import { replicasOf } from "./replicas.ts";

/** What is known of a service before it runs. */
export interface ServiceDescription {
  /** TCP container ports published or exposed, ascending. */
  ports: number[];
  /** From the label `cilo.hostnames`, lower case; one without a dot is relative to the environment. */
  hostnames: string[];
  ingress: boolean;
  /** Whether a fixed address is to be reserved: it has a network of its own and one replica. */
  wantsAddress: boolean;
  /**
   * Keys of the copy's networks that it is on: the own one first, if it is, then kept ones by key. None where its
   * network is another's or the host's.
   */
  networks: string[];
  /** The service whose network it shares. */
  namespaceOf: string | null;
  networkMode: NetworkMode["kind"];
  replicas: number;
  /** Whether the project declares one; an image may bring its own. */
  hasHealthcheck: boolean;
  /** What the project says of whether it goes on running; null: nothing. */
  purpose: ServicePurpose | null;
  /** Whether the environment's profiles turn it on. */
  active: boolean;
}

/**
 * Takes from the model what state and the zone need of each service. Findings are without secrets.
 * @param configuredIngress the service `.cilo/config.yml` names.
 * @throws CILO_CONFIG_INVALID when that service does not exist.
 */
export function describeServices(
  reading: ProjectReading,
  configuredIngress: string | null,
): { services: Record<string, ServiceDescription>; findings: Finding[] } {
  const modes = networkModesOf(reading);
  const networks = networksOfServices(reading, modes);
  const purposes = purposesOf(reading.base);
  const active = new Set(reading.active);
  const findings: Finding[] = [];
  const services: Record<string, ServiceDescription> = {};
  for (const [name, service] of sortedServices(reading.base)) {
    const hostnames = splitHostnames(service.labels?.[userLabelKeys.hostnames] ?? "");
    findings.push(...hostnames.problems.map((problem) => invalidHostname(name, problem)));
    services[name] = describe(service, {
      mode: modes.get(name) ?? { kind: "environment" },
      networks: networks.get(name) ?? [],
      hostnames: hostnames.names,
      purpose: purposes.get(name) ?? null,
      active: active.has(name),
    });
  }
  const ingress = chooseIngress(reading.base, services, configuredIngress);
  const chosen = ingress.service === null ? undefined : services[ingress.service];
  if (chosen !== undefined) chosen.ingress = true;
  return {
    services,
    findings: [...findings, ...ingress.findings].map((finding) => redactFinding(finding, reading.redact)),
  };
}

function invalidHostname(service: string, problem: string): Finding {
  return {
    rule: "invalid-hostname",
    action: "kept",
    shared: false,
    level: "warning",
    path: ["services", service, "labels"],
    item: userLabelKeys.hostnames,
    statement: `label ${userLabelKeys.hostnames}: ${problem}`,
    hint: null,
  };
}

function describe(
  service: ComposeService,
  facts: Pick<ServiceDescription, "networks" | "hostnames" | "purpose" | "active"> & { mode: NetworkMode },
): ServiceDescription {
  const replicas = replicasOf(service);
  return {
    ports: tcpPortsOf(service),
    hostnames: facts.hostnames,
    ingress: false,
    networks: facts.networks,
    wantsAddress: facts.mode.kind === "environment" && replicas === 1,
    namespaceOf: facts.mode.kind === "service" ? facts.mode.service : null,
    networkMode: facts.mode.kind,
    replicas,
    hasHealthcheck: hasHealthcheck(service),
    purpose: facts.purpose,
    active: facts.active,
  };
}
