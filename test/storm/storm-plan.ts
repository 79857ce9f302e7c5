import { createRandom, type Random } from "./random.ts";

/** How a command is cut off: by a signal to `cilo` alone, so long after its start. */
export interface Interruption {
  signal: "SIGKILL" | "SIGINT";
  afterMs: number;
}

export const stormKinds = [
  "create",
  "up",
  "down",
  "destroy",
  "restore",
  "migrate",
  "prune",
  "doctor",
  "status",
  "list",
] as const;
export type StormKind = (typeof stormKinds)[number];

export interface StormCommand {
  kind: StormKind;
  /** Key of the environment it is about, "shop/e-3"; null when it is about all of them. */
  environment: string | null;
  args: readonly string[];
  interruption: Interruption | null;
}

export interface StormOptions {
  seed: number;
  commands: number;
  /** In all, over the two projects, which use the same names. */
  environments: number;
  /** The part of the commands that is cut off, 0 to 1. */
  interruptedShare: number;
}

/** The two projects; each has environments of the same names. */
export const stormProjects = ["shop", "blog"] as const;
/** Longer than most commands take where nothing else runs, so that some end before. */
const longestInterruptionMs = 4_000;

/** Names of all environments that a storm may make, keys. */
export function environmentsOf({ environments }: Pick<StormOptions, "environments">): string[] {
  return Array.from({ length: environments }, (_, index) => {
    const project = stormProjects[index % stormProjects.length];
    return `${project}/e-${Math.floor(index / stormProjects.length)}`;
  });
}

/** What commands are given. */
export interface StormPlaces {
  /** The project's directory. */
  sourceOf(project: string): string;
  /** A subnet that no environment is given by itself, CIDR; the same number gives the same. */
  subnetOf(number: number): string;
}

/** Of the commands that need an environment, so many are about one that is probably there. */
const aimedShare = 0.85;

/** Chooses a storm's commands: the same for the same options and places. */
export function planStorm(options: StormOptions, places: StormPlaces): StormCommand[] {
  const random = createRandom(options.seed);
  const environments = environmentsOf(options);
  const likely = new Set<string>();
  const destroyed = new Set<string>();
  return Array.from({ length: options.commands }, () => {
    const { kind } = random.pick(weights);
    const environment = chooseEnvironment(kind, { environments, likely, destroyed, random });
    if (kind === "create" || kind === "restore") likely.add(environment);
    if (kind === "destroy" && likely.delete(environment)) destroyed.add(environment);
    const isCutOff = random.next() < options.interruptedShare;
    return {
      kind,
      environment: isAboutAll(kind) ? null : environment,
      args: argumentsOf(kind, { environment, places, random }),
      interruption: isCutOff ? chooseInterruption(random) : null,
    };
  });
}

/** A command for an environment that is not there says so and ends; most are to do more than that. */
function chooseEnvironment(
  kind: StormKind,
  options: {
    environments: readonly string[];
    likely: ReadonlySet<string>;
    destroyed: ReadonlySet<string>;
    random: Random;
  },
): string {
  const { environments, likely, destroyed, random } = options;
  const isFitting: Partial<Record<StormKind, (environment: string) => boolean>> = {
    create: (environment) => !likely.has(environment),
    restore: (environment) => !likely.has(environment) && destroyed.has(environment),
  };
  const fitting = environments.filter(isFitting[kind] ?? ((environment) => likely.has(environment)));
  const choices = fitting.length > 0 && random.next() < aimedShare ? fitting : environments;
  return choices[random.below(choices.length)] ?? "";
}

const weights: readonly [{ kind: StormKind; weight: number }, ...{ kind: StormKind; weight: number }[]] = [
  { kind: "create", weight: 24 },
  { kind: "up", weight: 30 },
  { kind: "down", weight: 12 },
  { kind: "destroy", weight: 14 },
  { kind: "restore", weight: 6 },
  { kind: "migrate", weight: 6 },
  { kind: "prune", weight: 3 },
  { kind: "doctor", weight: 3 },
  { kind: "status", weight: 6 },
  { kind: "list", weight: 4 },
];

/** Whether a kind of command is about no environment alone. */
function isAboutAll(kind: StormKind): boolean {
  return kind === "prune" || kind === "doctor" || kind === "list";
}

function argumentsOf(kind: StormKind, options: { environment: string; places: StormPlaces; random: Random }): string[] {
  const { environment, places, random } = options;
  switch (kind) {
    case "create":
      return ["create", environment, "--from", places.sourceOf(environment.replace(/\/.*/, ""))];
    case "destroy":
      return ["destroy", environment, "--force", ...(random.next() < 0.5 ? ["--no-undo"] : [])];
    case "migrate":
      return ["network", "migrate", "--env", environment, "--to", places.subnetOf(random.below(40)), "--yes"];
    case "prune":
      return ["prune", "--yes"];
    case "doctor":
      return ["doctor", "--fix", "--yes"];
    default:
      return isAboutAll(kind) ? [kind] : [kind, environment];
  }
}

function chooseInterruption(random: Random): Interruption {
  return {
    signal: random.next() < 0.5 ? "SIGKILL" : "SIGINT",
    // Early moments are more often met than late ones: most commands do not take the whole time.
    afterMs: Math.round(random.next() ** 2 * longestInterruptionMs),
  };
}
