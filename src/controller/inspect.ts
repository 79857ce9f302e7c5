import { CiloError } from "../base/errors.ts";
import { isAlive } from "../base/process-identity.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { type Environment, type EnvironmentStatus, keyOf, type Operation, type Service } from "../model/environment.ts";
import { hostNamesOf, projectDomain, type ServiceHostNames, toAbsoluteHostname, urlOf } from "../model/host-names.ts";
import { labelKeys } from "../model/labels.ts";
import { judgeStatus, type ObservedServices, observeServices, type ServiceStatus } from "../model/observation.ts";
import type { State } from "../model/state.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine, shortLimits } from "./engine.ts";
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
  /** Subnets of the project's networks that it keeps, by key. */
  keptNetworks: Record<string, string>;
  source: string;
  /** The project's directory in the workspace. */
  workspace: string;
  createdAt: string;
  /** Compose profiles that were on when its files were last read, or chosen since. */
  profiles: string[];
  services: ServiceReport[];
  lastError: string | null;
  /** What is being done to it now. */
  operation: Pick<Operation, "kind" | "pid" | "step" | "startedAt"> | null;
  /** What was being done when its process died. */
  interrupted: Pick<Operation, "kind" | "step"> | null;
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
  const reports = environments.map(async (environment) =>
    reportEnvironment(environment, {
      observed: containers && observeServices(environment, byId.get(environment.id) ?? []),
      isOperationAlive: environment.operation !== null && (await isAlive(environment.operation)),
      workspace: locate(context.paths, environment).project,
    }),
  );
  return { environments: await Promise.all(reports), engineProblem: problem };
}

async function listOwnContainers(
  context: ControllerContext,
  state: State,
  environments: readonly Environment[],
): Promise<{ containers: ContainerFacts[] | null; problem: string | null }> {
  if (environments.length === 0) return { containers: [], problem: null };
  try {
    const { runtime } = await connectEngine(context, state, shortLimits);
    await using engine = runtime;
    return { containers: await engine.listContainers({ [labelKeys.installation]: state.installation }), problem: null };
  } catch (error) {
    if (error instanceof CiloError) return { containers: null, problem: error.message };
    throw error;
  }
}

/** What a report is made of besides the record in state. */
export interface ReportFacts {
  /** Null: the engine could not be asked. */
  observed: ObservedServices | null;
  isOperationAlive: boolean;
  workspace: string;
}

/** Puts together what there is to say of one environment. */
export function reportEnvironment(environment: Environment, facts: ReportFacts): EnvironmentReport {
  const { project, name, id, subnet, source, createdAt, lastError, operation } = environment;
  const { observed, isOperationAlive, workspace } = facts;
  const names = hostNamesOf(environment, Object.keys(environment.services));
  const services = Object.entries(environment.services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([service, record]) => reportService({ environment, service, record, observed, names: names.get(service) }));
  // What a dead process was about to make of it is no status; the engine's word then is.
  const recorded = environment.status === "starting" && !isOperationAlive ? "running" : environment.status;
  return {
    project,
    name,
    id,
    status: observed ? judgeStatus(recorded, observed) : recorded,
    subnet,
    keptNetworks: environment.keptNetworks ?? {},
    source,
    workspace,
    createdAt,
    profiles: environment.profiles,
    services,
    lastError,
    operation:
      operation && isOperationAlive
        ? { kind: operation.kind, pid: operation.pid, step: operation.step, startedAt: operation.startedAt }
        : null,
    interrupted: operation && !isOperationAlive ? { kind: operation.kind, step: operation.step } : null,
  };
}

function reportService(options: {
  environment: Environment;
  service: string;
  record: Service;
  observed: ObservedServices | null;
  names: ServiceHostNames | undefined;
}): ServiceReport {
  const { environment, service, record, observed, names } = options;
  const isRemembered = !observed && (environment.status === "running" || environment.status === "degraded");
  const addresses = observed?.[record.namespaceOf ?? service]?.addresses ?? (isRemembered ? record.addresses : []);
  const hosts = [
    ...(names?.all ?? []),
    ...record.hostnames.map((hostname) => toAbsoluteHostname(environment, hostname)),
    ...(record.ingress ? [projectDomain(environment)] : []),
  ];
  return {
    name: service,
    status: observed ? (observed[service]?.status ?? "missing") : "cached",
    address: addresses[0] ?? null,
    addresses,
    hosts: [...new Set(hosts)],
    url: urlOf(names?.advertised ?? service, record.ports),
    ports: record.ports,
    ingress: record.ingress,
    type: record.shared ? "shared" : "isolated",
  };
}

/** Environments of one project or of all, in a stable order. */
export function selectEnvironments(state: State, project: string | null): Environment[] {
  return Object.values(state.hosts.local.environments)
    .filter((environment) => project === null || environment.project === project)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
