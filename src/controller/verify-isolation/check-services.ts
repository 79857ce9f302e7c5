import type { ContainerSetup } from "../../model/container-setup.ts";
import { labelKeys } from "../../model/labels.ts";
import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { isOnNetwork, type Subject } from "./subject.ts";

/**
 * Every service of both environments that is meant to run was there to be probed: a container of it runs and is on a
 * network. Nothing is proven of one that is down; a job that has done its work is only noted.
 */
export function checkServices(subjects: readonly Subject[]): Check {
  const services = subjects.map(servicesOf);
  const findings = subjects.flatMap((subject, index) =>
    [...(services[index] ?? [])].flatMap(([service, containers]) => toFindings(subject, service, containers)),
  );
  const count = services.reduce((sum, { size }) => sum + size, 0);
  return toCheck("services", { findings, summary: `${count} ${count === 1 ? "service" : "services"}` });
}

/** The containers by service: of those that are meant to run, and of those that have containers all the same. */
function servicesOf({ environment, containers }: Subject): Map<string, ContainerSetup[]> {
  const meant = Object.entries(environment.services).filter(([, { replicas }]) => replicas > 0);
  const services = new Map(meant.map(([service]): [string, ContainerSetup[]] => [service, []]));
  for (const container of containers) {
    const service = container.labels[labelKeys.service];
    if (service !== undefined) services.set(service, [...(services.get(service) ?? []), container]);
  }
  return services;
}

function toFindings(subject: Subject, service: string, containers: readonly ContainerSetup[]): CheckFinding[] {
  const { key } = subject;
  const detached = containers.filter((container) => isAlive(container) && !isPlaced(container));
  const details = { environment: key, service, containers: containers.map(({ name }) => name) };
  if (detached.length > 0) {
    const names = detached.map(({ name }) => name).join(", ");
    return [
      {
        status: "unproven",
        message: `service ${service} of ${key} was not probed: ${names} runs and is on no network`,
        hint: `run "cilo up ${key} --recreate"`,
        details,
      },
    ];
  }
  if (containers.some(isAlive)) return [];
  const why = describeAbsence(containers);
  if (isDone(subject, service, containers)) {
    return [{ status: "note", message: `service ${service} of ${key} was not probed: ${why}`, hint: null, details }];
  }
  return [
    {
      status: "unproven",
      message: `service ${service} of ${key} was not probed: ${why}`,
      hint: `run "cilo up ${key}", then the same command again`,
      details,
    },
  ];
}

function isAlive({ state }: ContainerSetup): boolean {
  return state === "running" || state === "paused";
}

/** In the machine's namespace or another container's it is looked at as such, and without any it reaches nothing. */
function isPlaced(container: ContainerSetup): boolean {
  return isOnNetwork(container) || /^(host|none|container:.+)$/.test(container.networkMode);
}

function isDone({ environment }: Subject, service: string, containers: readonly ContainerSetup[]): boolean {
  const isServer = environment.services[service]?.purpose === "server";
  return !isServer && containers.length > 0 && containers.every(({ exitCode }) => exitCode === 0);
}

function describeAbsence(containers: readonly ContainerSetup[]): string {
  if (containers.length === 0) return "it has no container";
  const states = containers.map(({ name, state, exitCode }) =>
    exitCode === null ? `${name} is ${state}` : `${name} ended with exit code ${exitCode}`,
  );
  return states.join(", ");
}
