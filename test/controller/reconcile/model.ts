import type { Observation, ObservedEngine } from "../../../src/controller/reconcile/observation.ts";
import { findOwnObjects } from "../../../src/controller/reconcile/own-objects.ts";
import type { PlanStep } from "../../../src/controller/reconcile/plan.ts";
import { recordFacts, recordStopped } from "../../../src/controller/record.ts";
import { type Environment, keyOf } from "../../../src/model/environment.ts";
import { observeServices } from "../../../src/model/observation.ts";
import { installation } from "./machine.ts";

/** Whether an object has the labels of this installation and of an environment. */
export function isOurs({ labels }: { labels: Record<string, string> }): boolean {
  return labels["cilo.installation"] === installation && labels["cilo.id"] !== undefined;
}

/** What a machine shows after one step was done on it: the deeds, without engine and files. */
export function applyToModel(observation: Observation, step: PlanStep): Observation {
  const next = structuredClone(observation);
  const { engine } = next;
  if ("problem" in engine) throw new Error("the model has an engine");
  switch (step.action) {
    case "remove-container":
      engine.containers = engine.containers.filter(({ id }) => id !== step.containerId);
      return next;
    case "remove-network":
      engine.networks = engine.networks.filter(({ id }) => id !== step.networkId);
      return next;
    case "remove-volume":
      engine.volumes = engine.volumes.filter(({ name }) => name !== step.volume);
      return next;
    case "remove-files":
      next.strays = next.strays.filter(({ path }) => path !== step.file.path);
      return next;
    case "withdraw":
      forgetNames(next, step.environmentId);
      return next;
    default:
      applyToEnvironment(next, engine, step);
      return next;
  }
}

type EnvironmentStep = Exclude<
  PlanStep,
  { action: "remove-container" | "remove-network" | "remove-volume" | "remove-files" | "withdraw" }
>;

function applyToEnvironment(next: Observation, engine: ObservedEngine, step: EnvironmentStep): void {
  const { environments } = next.state.hosts.local;
  const environment = Object.values(environments).find(({ id }) => id === step.environmentId);
  if (environment === undefined) throw new Error(`${step.action} of an environment that is not there`);
  if (step.action === "publish") {
    answerFor(next, engine, environment);
    return;
  }
  if (step.action === "end-child") throw new Error("no child runs in the model");
  environment.operation = null;
  if (step.action === "finish-creation") return;
  if (step.action === "undo-creation" || step.action === "resume-destroy") {
    removeObjects(engine, environment, step.action === "resume-destroy");
    delete environments[keyOf(environment)];
    forgetNames(next, environment.id);
    return;
  }
  if (step.action === "resume-down" || step.action === "resume-migrate") {
    removeObjects(engine, environment, false);
    environment.services = recordStopped(environment.services);
    if (!["created", "destroying"].includes(environment.status)) environment.status = "stopped";
  } else {
    const { containers } = findOwnObjects(installation, engine, environment);
    const volumes = new Set(engine.volumes.map(({ name }) => name));
    Object.assign(
      environment,
      recordFacts(environment, { observed: observeServices(environment, containers), volumes }),
    );
  }
  answerFor(next, engine, environment);
}

function removeObjects(engine: ObservedEngine, environment: Environment, withVolumes: boolean): void {
  const own = findOwnObjects(installation, engine, environment);
  engine.containers = engine.containers.filter(({ id }) => !own.containers.some((one) => one.id === id));
  engine.networks = engine.networks.filter(({ id }) => !own.networks.some((one) => one.id === id));
  if (withVolumes) engine.volumes = engine.volumes.filter((one) => one.labels["cilo.id"] !== environment.id);
}

function answerFor({ daemon }: Observation, engine: ObservedEngine, environment: Environment): void {
  if (daemon === null || "problem" in daemon) return;
  const { containers } = findOwnObjects(installation, engine, environment);
  const observed = observeServices(environment, containers);
  const services = Object.keys(environment.services).map((name) => [name, observed[name]?.addresses ?? []]);
  const served = { key: keyOf(environment), services: Object.fromEntries(services) };
  daemon.environments = { ...daemon.environments, [environment.id]: served };
}

function forgetNames({ daemon }: Observation, environmentId: string): void {
  if (daemon === null || "problem" in daemon) return;
  const { [environmentId]: _, ...others } = daemon.environments ?? {};
  daemon.environments = others;
}
