import { createWorld, type World } from "../support/world.ts";
import { createBystanders } from "./bystanders.ts";
import { findDisagreements } from "./find-disagreements.ts";
import { fateOf, findUnexpectedEndings } from "./judge-runs.ts";
import { runCommands, type StormRun } from "./run-commands.ts";
import { environmentsOf, planStorm, type StormOptions, stormProjects } from "./storm-plan.ts";

export interface StormResult {
  options: StormOptions;
  runs: readonly StormRun[];
  elapsedMs: number;
  /** What did not agree right after the last command, before anything was mended. */
  before: readonly string[];
  /** What `cilo doctor --fix` said it had done. */
  mended: readonly string[];
  /** What is wrong; empty when all is well. */
  problems: readonly string[];
  /** Environments at the end, by status. */
  statuses: Readonly<Record<string, number>>;
}

/** Commands in flight at most. */
const atOnce = 8;
/** Far longer than anything takes where so many run at once. */
const commandTimeoutMs = 180_000;
const services = ["web", "db"];

/**
 * Lets commands loose on an installation of their own with a DNS server, many at once and some cut off, then mends what was
 * cut off and looks whether state, engine, files and names agree.
 */
export async function runStorm(options: StormOptions, signal: AbortSignal): Promise<StormResult> {
  await using world = await createWorld();
  const dnsPort = await world.startDns();
  const sources = new Map<string, string>();
  for (const project of stormProjects) sources.set(project, await world.write(project, composeFile));
  await using bystanders = await createBystanders(world.image);
  const { baseSubnet } = await world.state();
  const commands = planStorm(options, {
    sourceOf: (project) => sources.get(project) ?? "",
    // Environments are given the lowest ones.
    subnetOf: (number) => baseSubnet.replace(/0\.0\/16$/, `${200 + number}.0/24`),
  });
  const began = performance.now();
  const runs = await runCommands(commands, {
    env: { ...process.env, CILO_HOME: world.home, NO_COLOR: "1" },
    cwd: world.directory,
    atOnce,
    commandTimeoutMs,
    signal,
  });
  const elapsedMs = performance.now() - began;
  const agreement = { world, dnsPort, environments: environmentsOf(options), services };
  const before = await findDisagreements(agreement);
  const mending = await world.cilo(["doctor", "--fix", "--yes"]);
  const problems = [
    ...findUnexpectedEndings(runs),
    ...(await findDisagreements(agreement)),
    ...(await findWrongFates(world, { options, runs })),
    ...(await bystanders.findChanges()),
    ...(await findPlanLeft(world)),
  ];
  return {
    options,
    runs,
    elapsedMs,
    before,
    mended: linesOf(mending.stderr),
    problems,
    statuses: await countStatuses(world),
  };
}

/** One service with a volume and one without; busybox as process 1 ignores SIGTERM, and the engine would wait 10 s for it. */
const composeFile = `
services:
  web:
    image: IMAGE
    command: [sleep, infinity]
    stop_signal: SIGKILL
  db:
    image: IMAGE
    command: [sh, -c, "echo row > /data/row; exec sleep infinity"]
    stop_signal: SIGKILL
    volumes: ["data:/data"]
volumes:
  data:
`;

async function findWrongFates(
  world: World,
  { options, runs }: { options: StormOptions; runs: readonly StormRun[] },
): Promise<string[]> {
  const there = new Set(Object.keys((await world.state()).hosts.local.environments));
  return environmentsOf(options).flatMap((key) => {
    const fate = fateOf(key, runs);
    if (fate === "there" && !there.has(key)) return [`${key} was created, nobody removed it, and it is gone`];
    if (fate === "gone" && there.has(key)) return [`${key} was removed or never made, and is there`];
    return [];
  });
}

/** After a repair there is nothing left to repair. */
async function findPlanLeft(world: World): Promise<string[]> {
  const { stdout } = await world.cilo(["doctor", "--fix", "--dry-run", "--json"]);
  const { plan }: { plan?: { steps?: unknown[] } } = JSON.parse(stdout);
  return (plan?.steps ?? []).map((step) => `"doctor --fix" has more to do after it was run: ${JSON.stringify(step)}`);
}

async function countStatuses(world: World): Promise<Record<string, number>> {
  const environments = Object.values((await world.state()).hosts.local.environments);
  const groups = Map.groupBy(environments, ({ status }) => status);
  return Object.fromEntries([...groups].map(([status, group]) => [status, group.length]));
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
