import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../base/errors.ts";
import type { ContainerDetails, ContainerFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import {
  isMember,
  isSettled,
  type ObservedServices,
  observeServices,
  type ServiceStatus,
} from "../model/observation.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";

/** How long `up` waits for health checks unless told otherwise. */
export const defaultSettleTimeoutMs = 120_000;

/** Pause between two looks while something is still starting: this share of the time waited so far, within these bounds. */
const pollShare = 0.05;
const pollMinMs = 20;
const pollMaxMs = 500;

/** A container without a health check must have run this long before it is believed to: one that dies of a wrong setting does so at once. */
export const provenMs = 700;
/** The same for one that its restart policy has started again already. */
const provenAgainMs = 10_000;

type Runtime = Pick<RuntimeProvider, "listContainers" | "inspectContainer" | "containerLogs">;

export interface SettleOptions {
  runtime: Runtime;
  installation: string;
  environment: Pick<Environment, "id" | "composeProject" | "keptNetworks" | "services" | "project" | "name">;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Containers and services at the moment an environment was found settled, or when waiting was given up. */
export interface SettleResult {
  containers: ContainerFacts[];
  observed: ObservedServices;
  /** The inspections of all containers, when it is settled. */
  details: ContainerDetails[];
  /** Services that are not as they should be, with the last they wrote; empty when all are. */
  failed: { service: string; status: ServiceStatus; logs: string }[];
}

/**
 * Waits until every service that is meant to run does (healthy, where it has a health check) or has done its work. Gives up at once when a service ended with an
 * error, is unhealthy or off its network, and after the timeout.
 */
export async function settle(options: SettleOptions): Promise<SettleResult> {
  const start = performance.now();
  for (;;) {
    options.signal.throwIfAborted();
    const { containers, observed: listed } = await look(options);
    const isListedSettled = statusesOf(listed).every(isSettled);
    // An engine's list lags behind: only inspections are sure to be of now.
    const details = isListedSettled ? await inspectAll(options.runtime, containers) : [];
    const observed = isListedSettled ? observeServices(options.environment, details) : listed;
    const unsettled = statusesOf(observed).filter((service) => !isSettled(service));
    const unproven = details.filter((container) => unprovenMs(container) > 0);
    if (unsettled.length === 0 && unproven.length === 0) return { containers, observed, details, failed: [] };
    const elapsedMs = performance.now() - start;
    if (unsettled.some(isHopeless) || elapsedMs > options.timeoutMs) {
      // The others only had no time yet to show that they last.
      const loops = unproven
        .filter(({ restartCount }) => restartCount > 0)
        .map((container) => ({ service: serviceOf(container), status: "restarting" as const }));
      const failed = await describeFailures(options, containers, [...unsettled, ...loops]);
      return { containers, observed, details, failed };
    }
    await delay(pauseFor(unsettled, unproven, elapsedMs), undefined, { signal: options.signal });
  }
}

/**
 * How long until the next look. Where time alone is missing it comes when the last container has run long enough, not after each of them;
 * one that dies meanwhile is seen then at the latest.
 */
function pauseFor(unsettled: readonly NamedStatus[], unproven: readonly ContainerDetails[], elapsedMs: number): number {
  if (unsettled.length === 0) return Math.min(provenMs, Math.max(...unproven.map(unprovenMs)));
  return Math.min(pollMaxMs, Math.max(pollMinMs, elapsedMs * pollShare));
}

interface NamedStatus {
  service: string;
  status: ServiceStatus;
}

function statusesOf(observed: ObservedServices): NamedStatus[] {
  return Object.entries(observed).map(([service, { status }]) => ({ service, status }));
}

/** More waiting will not make it better. */
function isHopeless({ status }: NamedStatus): boolean {
  return status === "exited" || status === "unhealthy" || status === "detached";
}

function serviceOf(container: Pick<ContainerFacts, "labels" | "name">): string {
  return container.labels[labelKeys.service] ?? container.name;
}

/** What the engine shows of an environment at this moment. */
export async function look(
  options: Pick<SettleOptions, "installation"> & {
    runtime: Pick<RuntimeProvider, "listContainers">;
    environment: Pick<Environment, "id" | "composeProject" | "keptNetworks" | "services">;
  },
): Promise<{ containers: ContainerFacts[]; observed: ObservedServices }> {
  const { runtime, installation, environment } = options;
  const labelled = await runtime.listContainers({
    [labelKeys.installation]: installation,
    [labelKeys.id]: environment.id,
  });
  const containers = labelled.filter((container) => isMember(environment.composeProject, container));
  return { containers, observed: observeServices(environment, containers) };
}

async function inspectAll(
  runtime: Pick<RuntimeProvider, "inspectContainer">,
  containers: readonly ContainerFacts[],
): Promise<ContainerDetails[]> {
  const details = await Promise.all(containers.map(({ id }) => runtime.inspectContainer(id)));
  return details.filter((detail) => detail !== null);
}

/** How much longer a container must run before it is believed to; 0 for one that a health check speaks for. */
function unprovenMs({ state, health, startedAt, restartCount }: ContainerDetails): number {
  if (state !== "running" || health !== "none") return 0;
  const ageMs = Date.now() - Date.parse(startedAt);
  // An engine whose clock is elsewhere tells no age.
  if (!Number.isFinite(ageMs) || ageMs < 0) return 0;
  return Math.max(0, (restartCount > 0 ? provenAgainMs : provenMs) - ageMs);
}

/**
 * The services that have ended badly, are unhealthy, or start again and again at this moment, with the last they wrote.
 * @param options.awaited services that others wait for, whatever they do.
 */
export async function findFailures(
  options: Omit<SettleOptions, "timeoutMs" | "signal"> & { awaited?: readonly string[] },
): Promise<SettleResult["failed"]> {
  const { containers, observed } = await look(options);
  // What was only made waits for another, which is the one to look at.
  const begun = new Set(containers.filter(({ state }) => state !== "created").map(serviceOf));
  const failed = statusesOf(observed).filter(
    (service) =>
      options.awaited?.includes(service.service) ||
      (begun.has(service.service) && (isHopeless(service) || ["restarting", "starting"].includes(service.status))),
  );
  return await describeFailures(options, containers, failed);
}

async function describeFailures(
  { runtime }: Pick<SettleOptions, "runtime">,
  containers: readonly ContainerFacts[],
  unsettled: readonly NamedStatus[],
): Promise<SettleResult["failed"]> {
  return await Promise.all(
    unsettled.map(async ({ service, status }) => {
      const container = containers.find((candidate) => serviceOf(candidate) === service);
      return { service, status, logs: container ? await lastWords(runtime, container.id) : "" };
    }),
  );
}

/** The end of a container's log is a courtesy in an error message: not getting it must not hide the error. */
async function lastWords(runtime: Pick<RuntimeProvider, "containerLogs">, id: string): Promise<string> {
  try {
    return (await runtime.containerLogs(id, 10)).trimEnd();
  } catch (error) {
    if (error instanceof CiloError) return "";
    throw error;
  }
}
