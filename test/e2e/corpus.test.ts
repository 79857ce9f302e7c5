import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { type CorpusCase, readCorpusCases, reasonWithoutCorpus } from "../support/corpus-cases.ts";
import { type CopyContainer, listCopyContainers } from "../support/corpus-copy.ts";
import { assertApart, assertNamesAnswer, assertNamesAreGone, assertRunsAsMeant } from "../support/corpus-judgement.ts";
import type { NamedCopy } from "../support/corpus-names.ts";
import { type CorpusRow, featuresOf, renderCorpusTable } from "../support/corpus-table.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { type EngineObject, listEngineObjects, objectsOf } from "../support/engine-objects.ts";
import { canBePrivileged, importStandInImage, tagStandIn } from "../support/stand-in-image.ts";
import { ComposeRefusal } from "../support/stand-in-model.ts";
import {
  imagesOf,
  makeStandInProject,
  type StandInProject,
  usersOf,
  variablesOf,
} from "../support/stand-in-project.ts";
import { createWorld, type Run, type RunOptions, type World } from "../support/world.ts";

const skip = (await engineSkip()) || reasonWithoutCorpus();

/** "all", or names of cases to run, separated by commas; unset: those of every day. */
const cases = skip ? [] : readCorpusCases(process.env.CILO_CORPUS_CASES ?? "");

/** A file to write what became of every project to, as a Markdown table; unset: none. */
const tableFile = process.env.CILO_CORPUS_TABLE ?? "";

/** Projects that no engine runs as they are: what engines say, and the flags that make them say it without any Compose. */
const impossible: Record<string, { words: string; flags: string[] }> = {
  "spec-compose-go-full": {
    words: "conflicting options: hostname and the UTS mode",
    flags: ["--uts", "host", "--hostname", "foo"],
  },
};

interface Bench {
  world: World;
  dnsPort: number;
  /** What is given to it is done when the test ends, however it ends, the last first. */
  atEnd(undo: Undo): void;
}

type Undo = () => Promise<unknown>;

describe("real projects, two copies of each at once", { skip }, () => {
  const rows: CorpusRow[] = [];
  after(async () => {
    if (tableFile !== "") await writeFile(tableFile, renderCorpusTable(rows));
  });

  for (const corpusCase of cases) {
    test(`${corpusCase.title}: two copies run apart from each other, and leave nothing`, async (t) => {
      const row = emptyRow(corpusCase);
      rows.push(row);
      const bench = await createBench(t);
      const project = await provideProject(bench, corpusCase, row);
      if (typeof project === "string") {
        row.twoCopies = project;
        return t.skip(project);
      }
      const objects = await listEngineObjects();
      const [blue, green] = await createCopies(bench.world, project);

      const refusal = impossible[corpusCase.title];
      if (refusal !== undefined) {
        row.twoCopies = `the engine refuses: ${refusal.words}`;
        await assertRefused(bench.world, [blue, green], refusal);
        await assertDestroyLeavesNothing(bench.world, [blue, green], objects);
        return t.skip(row.twoCopies);
      }

      row.warnings = await bringBothUp(bench.world, blue, green);

      for (const copy of [blue, green]) {
        assertRunsAsMeant(copy, project.running);
        await assertNamesAnswer(copy, bench.dnsPort);
      }
      await assertApart(blue, green);
      row.twoCopies = "yes";
      await assertSecondUpChangesNothing(bench.world, blue, green);
      await assertDownLeavesTheOther(bench, blue, green);
      await assertDestroyLeavesNothing(bench.world, [blue, green], objects);
    });
  }
});

function emptyRow({ title }: CorpusCase): CorpusRow {
  return { title, services: null, features: [], twoCopies: "no", warnings: [] };
}

/** Fixed addresses in the project's own settings; several copies of a service; services with a network in common. */
const hardships = ["nacos-cluster-ip", "voting-app-stack-v3", "spec-e2e-network-test"];

describe("real projects, what happens to one", { skip }, () => {
  for (const corpusCase of cases.filter(({ title }) => hardships.includes(title))) {
    test(`${corpusCase.title}: a one-off container runs beside every service, and a removed network comes back`, async (t) => {
      const bench = await createBench(t);
      const project = await provideProject(bench, corpusCase, emptyRow(corpusCase));
      if (typeof project === "string") return t.skip(project);
      const { world } = bench;
      const [copy] = await createCopies(world, project);
      await up(world, copy);
      await look(copy);
      const before = copy.containers;

      const addresses = await Promise.all(servicesWithAddress(copy).map((service) => runOneOff(world, copy, service)));

      await look(copy);
      assert.deepEqual(copy.containers, before);
      // Compose picks from 192 on what no service has for good.
      for (const address of addresses) assert.ok(Number(address.split(".").at(-1)) >= 192, `one-off at ${address}`);

      await must(world, "compose", copy.key, "stop");
      await docker("network", "rm", `${copy.composeProject}_default`);
      await up(world, copy);

      await look(copy);
      assertRunsAsMeant(copy, project.running);
      await assertNamesAnswer(copy, bench.dnsPort);
      assert.deepEqual(fixedAddresses(copy.containers), fixedAddresses(before));
    });
  }
});

function servicesWithAddress({ containers }: Copy): string[] {
  const owners = containers.filter(
    ({ addresses, networkMode }) => Object.keys(addresses).length > 0 && !networkMode.startsWith("container:"),
  );
  return [...new Set(owners.map(({ service }) => service))];
}

/** @returns the container's address. */
async function runOneOff(world: World, { key }: Copy, service: string): Promise<string> {
  const command = [
    "run",
    "--rm",
    "--no-deps",
    "--entrypoint",
    "/bin/ip",
    service,
    "-4",
    "-o",
    "address",
    "show",
    "eth0",
  ];
  const { stdout } = await must(world, "compose", key, ...command);
  return /inet ([0-9.]+)/.exec(stdout)?.[1] ?? stdout;
}

function fixedAddresses(containers: readonly CopyContainer[]): Record<string, string[]> {
  const all = containers.map(({ name, addresses }): [string, string[]] => [name, Object.values(addresses)]);
  return Object.fromEntries(all.filter(([, [address = ""]]) => Number(address.split(".").at(-1)) < 192));
}

/** A world of its own for every project, so that what one leaves behind after a failure is in no other's way. */
async function createBench(t: TestContext): Promise<Bench> {
  const steps: Undo[] = [];
  t.after(async () => {
    const failures: unknown[] = [];
    for (const step of steps.reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "something is left");
  });
  const world = await createWorld();
  steps.push(async () => await world[Symbol.asyncDispose]());
  return { world, dnsPort: await world.startDns(), atEnd: (undo) => steps.push(undo) };
}

/** One of the two; its containers as they were when it was last looked at. */
interface Copy extends NamedCopy {
  /** "shop/blue" */
  key: string;
  composeProject: string;
  workspace: string;
  image: string;
  /** Names of volumes, and paths of the host, that were seen mounted in its containers at any time. */
  mounts: Set<string>;
  /** What the project wants to find in the environment of `up`. */
  variables: Record<string, string>;
}

/** Gives back why it cannot run where it cannot. */
async function provideProject(
  { world, atEnd }: Bench,
  corpusCase: CorpusCase,
  row: CorpusRow,
): Promise<StandInProject | string> {
  const image = `cilo-stand-in-${randomUUID().slice(0, 8)}`;
  try {
    const project = await makeStandInProject({
      corpusCase,
      image,
      root: join(world.directory, image),
      canBePrivileged: await canBePrivileged(world.image),
    });
    row.services = Object.keys(project.model.services).length;
    row.features = featuresOf(corpusCase, project.model);
    if (row.services === 0) return "none of its services is on without a profile";
    await importStandInImage(image, usersOf(project));
    atEnd(() => docker("image", "rm", image));
    atEnd(await tagStandIn(image, imagesOf(project)));
    atEnd(() => removeCopies(world));
    return project;
  } catch (error) {
    if (!(error instanceof ComposeRefusal && error.isForNewerCompose)) throw error;
    return `this docker compose does not know a field of it: ${error.message.split(": ").at(-1)}`;
  }
}

/** Nothing is there any more unless the test failed; then containers of the images must go first. */
async function removeCopies(world: World): Promise<void> {
  for (const key of Object.keys((await world.state()).hosts.local.environments)) {
    await must(world, "destroy", key, "--force");
  }
}

async function createCopies(world: World, project: StandInProject): Promise<[Copy, Copy]> {
  const name = basename(project.directory);
  const create = async (environment: string): Promise<Copy> => {
    const key = `${name}/${environment}`;
    await must(world, "create", key, "--from", project.directory);
    const { composeProject } = (await world.state()).hosts.local.environments[key] ?? {};
    assert.ok(composeProject);
    const workspace = (await must(world, "path", key, "--root")).stdout.trim();
    const variables = variablesOf(project);
    const named: NamedCopy = { project: name, environment, model: project.running, containers: [] };
    return { ...named, key, composeProject, workspace, image: project.image, mounts: new Set(), variables };
  };
  return [await create("blue"), await create("green")];
}

/** @returns what `up` warned of for the first. */
async function bringBothUp(world: World, blue: Copy, green: Copy): Promise<string[]> {
  const runs = await Promise.allSettled([up(world, blue), up(world, green)]);
  const failures = runs.flatMap((run) => (run.status === "rejected" ? [run.reason] : []));
  // Only once both have ended may either be taken down.
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  await look(blue, green);
  const [first] = runs.flatMap((run) => (run.status === "fulfilled" ? [run.value.stderr] : []));
  return [...(first ?? "").matchAll(/^warning: (.*)$/gm)].map(([, text = ""]) => text);
}

/** With plain Docker it is no other. */
async function assertRefused(
  world: World,
  copies: readonly Copy[],
  { words, flags }: { words: string; flags: string[] },
): Promise<void> {
  for (const { key } of copies) {
    const { code, stderr } = await world.cilo(["up", key]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(words), stderr);
  }
  await assert.rejects(docker("container", "create", ...flags, world.image), (error: Error) =>
    error.message.includes(words),
  );
}

async function look(...copies: Copy[]): Promise<void> {
  for (const copy of copies) {
    copy.containers = await listCopyContainers(copy.composeProject);
    for (const mount of copy.containers.flatMap(({ mounts }) => mounts)) copy.mounts.add(mount);
  }
}

async function assertSecondUpChangesNothing(world: World, blue: Copy, green: Copy): Promise<void> {
  const compared = buildsAnImageTwice(blue) ? [green] : [blue, green];
  const before = compared.map(lives);

  await up(world, blue);

  await look(blue, green);
  assert.deepEqual(compared.map(lives), before);
}

/**
 * Where several services build one image each, Compose takes the id of one build for that of another and makes their containers anew at the next `up`, with those of
 * services that depend on them (seen with plain Compose 2.26).
 */
function buildsAnImageTwice({ model }: Copy): boolean {
  const built = Object.values(model.services).flatMap(({ build, image }) => (build && image ? [image] : []));
  return new Set(built).size < built.length;
}

/** What tells a container from one made in its place. A job that is done may be done again in the same container. */
function lives({ containers }: Copy): string[] {
  return containers.map(({ name, id, isRunning, startedAt }) => `${name} ${id} ${isRunning ? startedAt : "done"}`);
}

async function assertDownLeavesTheOther({ world, dnsPort }: Bench, blue: Copy, green: Copy): Promise<void> {
  const before = green.containers;

  await must(world, "down", blue.key);

  await look(blue, green);
  assert.deepEqual(blue.containers, []);
  assert.deepEqual(green.containers, before);
  await assertNamesAnswer(green, dnsPort);
  await assertNamesAreGone(blue, dnsPort);
}

async function assertDestroyLeavesNothing(
  world: World,
  copies: readonly [Copy, Copy],
  before: readonly EngineObject[],
): Promise<void> {
  for (const { key } of copies) await must(world, "destroy", key, "--force");

  const [{ image: baseImage }] = copies;
  const ours = {
    marks: [world.installation, world.image, baseImage, ...copies.map(({ composeProject }) => composeProject)],
    volumes: new Set(copies.flatMap(({ mounts }) => [...mounts])),
    baseImage,
  };
  assert.deepEqual(objectsOf(ours, await listEngineObjects()), objectsOf(ours, before));
  assert.deepEqual((await world.state()).hosts.local.environments, {});
  for (const { workspace } of copies) assert.equal(existsSync(workspace), false, `${workspace} is left`);
}

function up(world: World, { key, variables }: Copy): Promise<Run> {
  return succeed(world, ["up", key], { env: variables });
}

function must(world: World, ...args: string[]): Promise<Run> {
  return succeed(world, args);
}

/** @throws with all that the program said when it fails. */
async function succeed(world: World, args: string[], options: RunOptions = {}): Promise<Run> {
  const run = await world.cilo(args, options);
  if (run.code !== 0) throw new Error(`cilo ${args.join(" ")} ended with ${run.code}\n${run.stderr}\n${run.stdout}`);
  return run;
}
