import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../base/errors.ts";
import type { ContainerFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { isSettled, type ObservedServices, observeServices } from "../model/observation.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";

/** How long `up` waits for health checks unless told otherwise. */
export const defaultSettleTimeoutMs = 120_000;

/** A container that dies at once may still be seen running when Compose returns; it must be seen so twice. */
const secondLookMs = 150;

export interface SettleOptions {
  runtime: RuntimeProvider;
  installation: string;
  environment: Pick<Environment, "id" | "composeProject" | "services" | "project" | "name">;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Containers and services at the moment an environment was found settled, or when waiting was given up. */
export interface SettleResult {
  containers: ContainerFacts[];
  observed: ObservedServices;
  /** Services that are not as they should be, with the last they wrote; empty when all are. */
  failed: { service: string; status: string; logs: string }[];
}

/**
 * Waits until every service that is meant to run does (healthy, where it has a health check) or has done its work, seen twice in a row. Gives up at once when a service
 * ended with an error or is unhealthy, and after the timeout.
 */
export async function settle(options: SettleOptions): Promise<SettleResult> {
  const end = performance.now() + options.timeoutMs;
  let goodLooks = 0;
  for (;;) {
    options.signal.throwIfAborted();
    const { containers, observed } = await look(options);
    const unsettled = Object.entries(observed).filter(([, service]) => !isSettled(service));
    goodLooks = unsettled.length === 0 ? goodLooks + 1 : 0;
    if (goodLooks === 2) return { containers, observed, failed: [] };
    const isHopeless = unsettled.some(([, { status }]) => status === "exited" || status === "unhealthy");
    if (isHopeless || performance.now() > end) {
      return { containers, observed, failed: await describeFailures(options, containers, unsettled) };
    }
    await delay(secondLookMs, undefined, { signal: options.signal });
  }
}

/** What the engine shows of an environment at this moment. */
export async function look(
  options: Pick<SettleOptions, "runtime" | "installation" | "environment">,
): Promise<{ containers: ContainerFacts[]; observed: ObservedServices }> {
  const containers = await options.runtime.listContainers({
    [labelKeys.installation]: options.installation,
    [labelKeys.id]: options.environment.id,
  });
  return { containers, observed: observeServices(options.environment, containers) };
}

async function describeFailures(
  options: SettleOptions,
  containers: readonly ContainerFacts[],
  unsettled: readonly (readonly [string, ObservedServices[string]])[],
): Promise<SettleResult["failed"]> {
  return await Promise.all(
    unsettled.map(async ([service, { status, containers: names }]) => {
      const container = containers.find(({ name }) => name === names[0]);
      return { service, status, logs: container ? await lastWords(options.runtime, container.id) : "" };
    }),
  );
}

/** The end of a container's log is a courtesy in an error message: not getting it must not hide the error. */
async function lastWords(runtime: RuntimeProvider, id: string): Promise<string> {
  try {
    return (await runtime.containerLogs(id, 10)).trimEnd();
  } catch (error) {
    if (error instanceof CiloError) return "";
    throw error;
  }
}
