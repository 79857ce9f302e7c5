import { connectControl, hasReachedItsOwn, isOwnName, lookupControl, toQuestions } from "./controls.ts";
import { type FoundMethod, findMethod, type MethodSearch } from "./find-method.ts";
import type { ProbeLimits } from "./limits.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { connectMethods, lookupMethods } from "./methods/ladder.ts";
import { readAddresses, readOutcomes } from "./methods/read-lines.ts";
import type { PlaceReport, ProbeProblem, ProvenMethod } from "./probe-report.ts";
import type { Executor, Prober } from "./prober.ts";
import type { Namespace, Subject } from "./subject.ts";
import type { Target } from "./targets.ts";
import type { WantedName } from "./wanted-names.ts";

/** What to probe from inside one environment. */
export interface ProbePlan {
  subject: Subject;
  places: readonly Namespace[];
  /** Namespaces beside `places` whose images may have what theirs have not. */
  spare: readonly Namespace[];
  /** Targets of its own, which should answer. */
  own: readonly Target[];
  /** Targets of the other environment, which should not. */
  foreign: readonly Target[];
  /** Its own names, which the other environment asks for. */
  ownNames: readonly WantedName[];
  /** Names of the other environment. */
  names: readonly WantedName[];
}

export interface ProbeOptions {
  prober: Prober;
  limits: ProbeLimits;
  /** The image that the user named for probe containers; null: whatever of the environments' images turns out to do. */
  image: string | null;
}

type Found = FoundMethod | ProbeProblem;

/** What works at a place. */
interface Tools {
  connect: Found;
  lookup: Found;
}

/** Images that probe containers may be made of, by what was seen to work in them. */
interface ToolImages {
  connect: Set<string>;
  lookup: Set<string>;
}

/** How many images are tried at a place before it is given up. */
const maxImagesTried = 3;

/** Probes from inside both environments. The reports come in the order of the plans' places. */
export async function probePlaces(plans: readonly ProbePlan[], options: ProbeOptions): Promise<PlaceReport[]> {
  const { prober, limits, image } = options;
  const work = plans.flatMap((plan) => plan.places.map((place) => ({ plan, place })));
  const tools = await mapConcurrently(work, limits.concurrency, ({ plan, place }) => findTools(prober, plan, place));
  const images: ToolImages =
    image === null
      ? await collectImages(prober, plans, { work, tools })
      : { connect: new Set([image]), lookup: new Set([image]) };
  const ready = work.map((entry, index) => ({ ...entry, tools: tools[index] ?? noTools }));
  return await mapConcurrently(ready, limits.concurrency, (entry) => probePlace(prober, { ...entry, images }));
}

const noTools: Tools = { connect: "no-tools", lookup: "no-tools" };

/** What the container at a place has itself. */
async function findTools(prober: Prober, plan: ProbePlan, place: Namespace): Promise<Tools> {
  const { id: containerId, imageId } = place.owner;
  return await improveTools(prober, {
    plan,
    place,
    executor: { containerId, via: "container", image: imageId },
    tools: noTools,
  });
}

async function improveTools(
  prober: Prober,
  options: { plan: ProbePlan; place: Namespace; executor: Executor; tools: Tools },
): Promise<Tools> {
  const { plan, place, executor, tools } = options;
  const find = async (found: Found, search: MethodSearch) =>
    found === "no-tools" ? await findMethod(prober, executor, search) : found;
  return {
    connect: await find(tools.connect, { methods: connectMethods, control: connectControl(place, plan.own) }),
    lookup: await find(tools.lookup, { methods: lookupMethods, control: lookupControl(place, plan.subject) }),
  };
}

/**
 * Learns from the places, and from other containers where those teach too little, which images have what probing takes.
 */
async function collectImages(
  prober: Prober,
  plans: readonly ProbePlan[],
  seen: { work: readonly { place: Namespace }[]; tools: readonly Tools[] },
): Promise<ToolImages> {
  const images: ToolImages = { connect: new Set(), lookup: new Set() };
  const learn = ({ owner }: Namespace, tools: Tools) => {
    for (const kind of ["connect", "lookup"] as const)
      if (typeof tools[kind] === "object") images[kind].add(owner.imageId);
  };
  for (const [index, { place }] of seen.work.entries()) learn(place, seen.tools[index] ?? noTools);
  const isWanting = (kind: keyof Tools) =>
    images[kind].size === 0 && seen.tools.some((tools) => tools[kind] === "no-tools");
  const tried = new Set(seen.work.map(({ place }) => place.owner.imageId));
  for (const plan of plans) {
    for (const place of plan.spare) {
      if (!isWanting("connect") && !isWanting("lookup")) return images;
      if (tried.has(place.owner.imageId)) continue;
      tried.add(place.owner.imageId);
      learn(place, await findTools(prober, plan, place));
    }
  }
  return images;
}

async function probePlace(
  prober: Prober,
  options: { plan: ProbePlan; place: Namespace; tools: Tools; images: ToolImages },
): Promise<PlaceReport> {
  const { plan, place, images } = options;
  const { subject } = plan;
  let { tools } = options;
  const joined: Executor[] = [];
  try {
    for (const image of [...new Set([...images.connect, ...images.lookup])].slice(0, maxImagesTried)) {
      if (tools.connect !== "no-tools" && tools.lookup !== "no-tools") break;
      const executor = await prober.join({ owner: place.owner, environment: subject.key }, image);
      if (executor === null) continue;
      joined.push(executor);
      tools = await improveTools(prober, { plan, place, executor, tools });
    }
    const names = [place.owner.name, ...plan.names.map(({ text }) => text)];
    const [connections, lookups] = await Promise.all([
      atMostTwice(
        () => connect(prober, tools.connect, [...plan.own, ...plan.foreign]),
        (tried) => hasReachedItsOwn(place, tried, plan.own),
      ),
      atMostTwice(
        () => lookUp(prober, tools.lookup, names),
        ([own]) => isOwnName(own, subject),
      ),
    ]);
    return {
      place,
      connect: toProven(tools.connect),
      connectProblem: toProblem(tools.connect),
      lookup: toProven(tools.lookup),
      lookupProblem: toProblem(tools.lookup),
      connections,
      lookups: plan.names.map((name, index) => ({ name, addresses: lookups[index + 1] ?? null })),
      ownNameResolved: isOwnName(lookups[0], subject),
    };
  } finally {
    for (const executor of joined) await prober.leave(executor);
  }
}

/** Asks once more where the control failed, as a loaded machine may be too slow once. */
async function atMostTwice<T>(ask: () => Promise<T>, isProven: (answer: T) => boolean): Promise<T> {
  const first = await ask();
  return isProven(first) ? first : await ask();
}

function toProven(found: Found): ProvenMethod | null {
  if (typeof found === "string") return null;
  const { executor, method } = found;
  return { method: method.name, via: executor.via, image: executor.image };
}

function toProblem(found: Found): ProbeProblem | null {
  return typeof found === "string" ? found : null;
}

async function connect(prober: Prober, found: Found, targets: readonly Target[]): Promise<PlaceReport["connections"]> {
  if (typeof found === "string") return [];
  const questions = { values: toQuestions(targets), count: targets.length };
  const output = (await prober.ask(found.executor, found.method, questions)) ?? "";
  const outcomes = readOutcomes(output, targets.length);
  return targets.map((target, index) => ({ target, outcome: outcomes[index] ?? "unknown" }));
}

async function lookUp(prober: Prober, found: Found, names: readonly string[]): Promise<(string[] | null)[]> {
  if (typeof found === "string") return [];
  const output = (await prober.ask(found.executor, found.method, { values: names, count: names.length })) ?? "";
  return readAddresses(output, names.length);
}
