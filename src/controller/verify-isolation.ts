import { CiloError } from "../base/errors.ts";
import type { EngineFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelsOfProbe } from "../model/labels.ts";
import type { State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { locate } from "./locations.ts";
import type { Check } from "./verify-isolation/check.ts";
import { checkBinds } from "./verify-isolation/check-binds.ts";
import { checkNamespaces } from "./verify-isolation/check-namespaces.ts";
import { checkNetworks } from "./verify-isolation/check-networks.ts";
import { checkPorts } from "./verify-isolation/check-ports.ts";
import { checkServices } from "./verify-isolation/check-services.ts";
import { checkVolumes } from "./verify-isolation/check-volumes.ts";
import { findChanges } from "./verify-isolation/find-changes.ts";
import { isImageReference } from "./verify-isolation/image-reference.ts";
import { judgeProbes, type ProbeSummary } from "./verify-isolation/judge.ts";
import { probeLimits } from "./verify-isolation/limits.ts";
import type { Machine } from "./verify-isolation/machine.ts";
import { type Observation, observeContainers, observeSubjects } from "./verify-isolation/observe.ts";
import { observeMachine } from "./verify-isolation/observe-machine.ts";
import { planProbes, type SidePlan } from "./verify-isolation/plan-probes.ts";
import { probePlaces } from "./verify-isolation/probe-places.ts";
import type { PlaceReport } from "./verify-isolation/probe-report.ts";
import { createProber } from "./verify-isolation/prober.ts";
import { removeStaleProbes } from "./verify-isolation/stale-probes.ts";
import type { Subject } from "./verify-isolation/subject.ts";

export interface VerifyOptions {
  environments: readonly [Environment, Environment];
  /** An image on the engine to make probe containers of, or null. */
  image: string | null;
}

/** What is proven of two environments. */
export interface IsolationReport {
  /** Whether every check is `ok`. */
  isolated: boolean;
  environments: { project: string; name: string; id: string; containers: number; running: number }[];
  checks: Check[];
  probes: ProbeSummary;
}

/**
 * Proves that two running environments are isolated from each other: by what the engine says of them, and by probing
 * from inside both. Leaves both as they are; containers that it makes to probe from are gone when it returns or throws.
 * @throws CILO_USAGE for an environment and itself or an image that is not there, CILO_ENVIRONMENT_NOT_RUNNING,
 * CILO_ENGINE_UNREACHABLE
 */
export async function verifyIsolation(context: ControllerContext, options: VerifyOptions): Promise<IsolationReport> {
  const { environments } = options;
  refuseSame(environments);
  refuseNoImage(options.image);
  const state = await context.store.read();
  const { runtime, facts } = await connectEngine(context, state);
  await using engine = runtime;
  const { installation } = state;
  const image = options.image === null ? null : await requireImage(engine, options.image);
  await removeStaleProbes(engine, installation, context.clock.now());
  const observing = { runtime: engine, installation, limits: probeLimits, signal: context.signal };
  const observation = await step(context, "look at both environments", () => observeSubjects(environments, observing));
  const { subjects } = observation;
  const plans = planProbes(subjects, probeLimits);
  const reports = await step(context, `probe from inside ${plans.map(describePlan).join(" and ")}`, () =>
    probe(context, { engine, state, plans, image }),
  );
  const toSide = ({ plan, available }: SidePlan) => ({
    plan,
    available,
    reports: reports.filter(({ place }) => place.environment === plan.subject.key),
  });
  const now = await observeContainers(environments, observing);
  const { checks, probes } = judgeProbes([toSide(plans[0]), toSide(plans[1])], {
    limits: probeLimits,
    changes: subjects.flatMap((subject, index) => findChanges(subject, now[index] ?? [])),
  });
  const all = [...checkFacts(observation, await lookAtMachine(context, { engine, subjects, state, facts })), ...checks];
  return {
    isolated: all.every(({ status }) => status === "ok"),
    environments: subjects.map(toEnvironment),
    checks: all,
    probes,
  };
}

function refuseSame([first, second]: VerifyOptions["environments"]): void {
  if (first.id !== second.id) return;
  throw new CiloError("CILO_USAGE", `${keyOf(first)} cannot be isolated from itself: two environments are needed`, {
    hint: 'run "cilo list" to see the environments there are',
  });
}

function refuseNoImage(image: string | null): void {
  if (image === null || isImageReference(image)) return;
  throw new CiloError("CILO_USAGE", `${JSON.stringify(image)} is no name of an image to probe with`, {
    hint: 'run "docker image ls" and give the name of one, such as --image busybox',
  });
}

async function requireImage(engine: RuntimeProvider, image: string): Promise<string> {
  if ((await engine.probing.findImage(image)) !== null) return image;
  throw new CiloError("CILO_USAGE", `the engine has no image ${JSON.stringify(image)} to probe with`, {
    hint: `run "docker pull ${image}", or name one of "docker image ls"`,
  });
}

function describePlan({ plan }: SidePlan): string {
  const { length } = plan.places;
  return `${length} ${length === 1 ? "container" : "containers"} of ${plan.subject.key}`;
}

async function probe(
  context: ControllerContext,
  options: { engine: RuntimeProvider; state: State; plans: readonly [SidePlan, SidePlan]; image: string | null },
): Promise<PlaceReport[]> {
  const { engine, state, plans, image } = options;
  const environments = new Map(plans.map(({ plan }) => [plan.subject.key, plan.subject.environment]));
  await using prober = createProber({
    runtime: engine.probing,
    limits: probeLimits,
    signal: context.signal,
    labelsFor(key) {
      const environment = environments.get(key);
      if (!environment) throw new Error(`no environment ${key} is being verified`);
      const lifeMs = 2 * probeLimits.containerLifeSeconds * 1000;
      return labelsOfProbe(state.installation, environment, new Date(context.clock.now().getTime() + lifeMs));
    },
  });
  return await probePlaces(
    plans.map(({ plan }) => plan),
    { prober, limits: probeLimits, image },
  );
}

async function lookAtMachine(
  { paths }: ControllerContext,
  options: { engine: RuntimeProvider; subjects: readonly Subject[]; state: State; facts: EngineFacts },
): Promise<Machine> {
  const { engine, subjects, state, facts } = options;
  return await observeMachine(subjects, {
    storage: await engine.probing.storage(),
    endpoint: facts.endpoint,
    installation: state.installation,
    workspaces: new Map(subjects.map(({ key, environment }) => [key, locate(paths, environment).workspace])),
  });
}

/** What the engine itself says; nothing is probed for it. */
function checkFacts({ subjects, bystanders }: Observation, machine: Machine): Check[] {
  const [first, second] = subjects;
  return [
    checkServices(subjects),
    checkNetworks(first, second, bystanders),
    checkPorts(subjects),
    checkVolumes(first, second, machine),
    checkBinds(first, second, machine),
    checkNamespaces(subjects),
  ];
}

function toEnvironment({ environment, containers }: Subject): IsolationReport["environments"][number] {
  const { project, name, id } = environment;
  const running = containers.filter(({ state }) => state === "running").length;
  return { project, name, id, containers: containers.length, running };
}
