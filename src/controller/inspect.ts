import { CiloError } from "../base/errors.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { type Environment, type EnvironmentStatus, keyOf, type Operation } from "../model/environment.ts";
import { hostNamesOf, projectDomain, toAbsoluteHostname, urlOf } from "../model/host-names.ts";
import { labelKeys } from "../model/labels.ts";
import { judgeStatus, type ObservedServices, observeServices, type ServiceStatus } from "../model/observation.ts";
import type { State } from "../model/state.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { locate } from "./locations.ts";

export interface ServiceReport {
  name: string;
  /** `cached` when the engine could not be asked. */
  status: ServiceStatus | "cached";
  address: string | null;
  addresses: string[];
  /** Every name it answers to, the advertised one first. */
  hosts: string[];
  url: string | null;
  ports: number[];
  /** Whether the project's own name (`shop.login.test`) answers with it. */
  ingress: boolean;
  type: "isolated" | "shared";
}

export interface EnvironmentReport {
  project: string;
  name: string;
  id: string;
  status: EnvironmentStatus;
  subnet: string;
  source: string;
  workspace: string;
  createdAt: string;
  services: ServiceReport[];
  lastError: string | null;
  operation: Pick<Operation, "kind" | "pid" | "step" | "startedAt"> | null;
}

/** Environments as they are now. */
export interface Inspection {
  environments: EnvironmentReport[];
  /** Why the engine could not be asked, so that the reports are what state remembers; null when it was. */
  engineProblem: string | null;
}

/** Reports on environments as the engine shows them. Loads nothing heavy. */
export async function inspectEnvironments(
  context: ControllerContext,
  state: State,
  environments: readonly Environment[],
): Promise<Inspection> {
  const { containers, problem } = await listOwnContainers(context, state, environments);
  const byId = Map.groupBy(containers ?? [], ({ labels }) => labels[labelKeys.id] ?? "");
  return {
    environments: environments.map((environment) => {
      const observed = containers ? observeServices(environment, byId.get(environment.id) ?? []) : null;
      return reportEnvironment(environment, observed, locate(context.paths, environment).project);
    }),
    engineProblem: problem,
  };
}

async function listOwnContainers(
  context: ControllerContext,
  state: State,
  environments: readonly Environment[],
): Promise<{ containers: ContainerFacts[] | null; problem: string | null }> {
  if (environments.length === 0) return { containers: [], problem: null };
  try {
    const { runtime } = await connectEngine(context, state);
    await using engine = runtime;
    return { containers: await engine.listContainers({ [labelKeys.installation]: state.installation }), problem: null };
  } catch (error) {
    if (error instanceof CiloError) return { containers: null, problem: error.message };
    throw error;
  }
}

/** @param observed null: only state is known. */
export function reportEnvironment(
  environment: Environment,
  observed: ObservedServices | null,
  workspace: string,
): EnvironmentReport {
  const { project, name, id, subnet, source, createdAt, lastError, operation } = environment;
  const names = hostNamesOf(environment, Object.keys(environment.services));
  const isLive = !observed && (environment.status === "running" || environment.status === "degraded");
  const services = Object.entries(environment.services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, record]): ServiceReport => {
      const seen = observed?.[record.namespaceOf ?? service];
      const addresses = seen?.addresses ?? (isLive ? record.addresses : []);
      const hosts = [
        ...(names.get(service)?.all ?? []),
        ...record.hostnames.map((hostname) => toAbsoluteHostname(environment, hostname)),
        ...(record.ingress ? [projectDomain(environment)] : []),
      ];
      return {
        name: service,
        status: observed ? (observed[service]?.status ?? "missing") : "cached",
        address: addresses[0] ?? null,
        addresses,
        hosts: [...new Set(hosts)],
        url: urlOf(names.get(service)?.advertised ?? service, record.ports),
        ports: record.ports,
        ingress: record.ingress,
        type: record.shared ? "shared" : "isolated",
      };
    });
  return {
    project,
    name,
    id,
    status: observed ? judgeStatus(environment.status, observed) : environment.status,
    subnet,
    source,
    workspace,
    createdAt,
    services,
    lastError,
    operation: operation && {
      kind: operation.kind,
      pid: operation.pid,
      step: operation.step,
      startedAt: operation.startedAt,
    },
  };
}

/** Environments of one project or of all, in a stable order. */
export function selectEnvironments(state: State, project: string | null): Environment[] {
  return Object.values(state.hosts.local.environments)
    .filter((environment) => project === null || environment.project === project)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
