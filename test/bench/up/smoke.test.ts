import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { exec } from "../../../src/base/exec.ts";
import { reasonWithoutCompose } from "../../compose/compose-program.ts";
import { docker, engineSkip } from "../../support/engine.ts";
import { createWorld, listObjects } from "../../support/world.ts";
import { readChildrenCpuSeconds } from "../process-usage.ts";
import {
  type Contender,
  type ContenderLabel,
  contenderLabels,
  createCiloContender,
  createPlainContender,
} from "./contenders.ts";
import { openEngineTruth } from "./engine-truth.ts";
import { designSizes, parseOptions } from "./options.ts";
import { formatCountsOf, profileUp, type WorkEntry } from "./profile.ts";
import { formatReport, judge } from "./report.ts";
import { compareRounds, type Round, runRounds } from "./rounds.ts";
import { composeFileOf } from "./sample-project.ts";

const withoutCompose = await reasonWithoutCompose();
const withoutEngine = await engineSkip();
const signal = new AbortController().signal;

/** Rounds in which all phases take the same time. */
function roundsOf(times: Partial<Record<ContenderLabel, number[]>>): Map<ContenderLabel, Round[]> {
  const toRound = (elapsedMs: number): Round => {
    const measured = { elapsedMs, commandMs: elapsedMs, cpuMs: null };
    return { cold: measured, warm: measured, down: measured };
  };
  const entries = Object.entries(times).map(
    ([label, rounds]) => [label as ContenderLabel, rounds.map(toRound)] as const,
  );
  return new Map(entries);
}

describe("the sample project", { skip: withoutCompose }, () => {
  for (const size of [1, 3, 5, 15]) {
    test(`of ${size} has so many services, publishes nothing, and has a health check for each database`, async () => {
      const input = composeFileOf(size, "image");

      const result = await exec("docker", ["compose", "--file", "-", "config", "--format", "json"], { input });

      assert.equal(result.exitCode, 0, result.stderr);
      const model: { services: Record<string, { ports?: unknown; healthcheck?: unknown }> } = JSON.parse(result.stdout);
      const services = Object.entries(model.services);
      assert.equal(services.length, size);
      assert.ok(services.every(([, { ports }]) => ports === undefined));
      for (const [name, { healthcheck }] of services) assert.equal(healthcheck !== undefined, name.startsWith("db"));
    });
  }
});

describe("the bench of up", { skip: withoutEngine }, () => {
  test("starts the same project in three ways, finds all of them up, and leaves nothing", async () => {
    const truth = await openEngineTruth(process.env);
    const labels: string[] = [];
    {
      await using world = await createWorld();
      await using worldWithDns = await createWorld();
      labels.push(...[world, worldWithDns].map(({ installation }) => `cilo.installation=${installation}`));
      await worldWithDns.startDns();
      await using plain = await createPlainContender({ size: 2, world, truth });
      const contenders = [
        plain,
        await createCiloContender({ size: 2, world, truth, hasDns: false }),
        await createCiloContender({ size: 2, world: worldWithDns, truth, hasDns: true }),
      ];

      for (const contender of contenders) {
        labels.push(`com.docker.compose.project=${contender.composeProject}`);
        await contender.up();
        assert.notDeepEqual(await listObjects(labels.at(-1) ?? ""), []);
        assert.deepEqual(await contender.findProblems(), []);
        await contender.down();
      }
    }

    for (const label of labels) assert.deepEqual(await listObjects(label), [], label);
  });

  test("waits for containers that are still to come, and for their age", async () => {
    const truth = await openEngineTruth(process.env);
    await using world = await createWorld();
    const project = `cilo-bench-truth-${process.pid}`;
    const file = join(await world.write("truth", composeFileOf(1, "IMAGE")), "compose.yml");
    const compose = async (...args: string[]) =>
      void (await docker("compose", "--project-name", project, "--file", file, ...args));
    await using _project = { [Symbol.asyncDispose]: () => compose("down", "--volumes") };

    const [looks] = await Promise.all([truth.waitForProject(project, 1), compose("up", "--detach")]);

    const startedAt = await docker("container", "inspect", `${project}-web-1`, "--format", "{{.State.StartedAt}}");
    assert.ok(looks > 1);
    assert.ok(Date.now() - Date.parse(startedAt) >= 700);
    assert.equal(await truth.waitForProject(project, 1), 1);
  });

  test("notes the programs that cilo runs, and what it asks the engine", async () => {
    await using world = await createWorld();

    const report = await profileUp({ world, sizes: [1], say: () => {}, signal });

    assert.match(report, /## cold, services: 1\n\nPrograms: .*\bconfig\b.*\b1 x up\b/);
    assert.match(report, /## warm, services: 1\n\nPrograms: .*\bconfig\b.*\b1 x up\b/);
    assert.match(report, /## down, services: 1\n\nPrograms: 1 x down\./);
    assert.match(report, /\| request \| GET \/info \|/);
  });
});

test("contenders take turns, each round begins with another one, and the first does not count", async () => {
  const calls: string[] = [];
  const contenders = contenderLabels.map((label): Contender => {
    return {
      label,
      composeProject: label,
      up: async () => calls.push(`${label} up`),
      down: async () => calls.push(`${label} down`),
      findProblems: async () => {
        calls.push(`${label} checked`);
        return [`${label} is wrong`];
      },
      [Symbol.asyncDispose]: async () => {},
    };
  });

  const { rounds, problems } = await runRounds({ contenders, rounds: 2, signal });

  const ofRound = (label: string) => ["up", "checked", "up", "checked", "down"].map((what) => `${label} ${what}`);
  const order = ["plain", "cilo", "cilo + DNS", "plain", "cilo", "cilo + DNS", "cilo", "cilo + DNS", "plain"];
  assert.deepEqual(calls, order.flatMap(ofRound));
  assert.deepEqual(
    [...rounds.values()].map(({ length }) => length),
    [2, 2, 2],
  );
  assert.deepEqual(problems, ["plain is wrong", "cilo is wrong", "cilo + DNS is wrong"]);
});

test("contenders are compared round by round", () => {
  const rounds = roundsOf({ plain: [100, 200, 400], cilo: [150, 210, 800] });

  const { ratio, extraMs, extraCpuMs } = compareRounds(rounds, { label: "cilo", to: "plain", phase: "cold" });

  assert.deepEqual(ratio, { median: 1.5, min: 1.05, max: 2 });
  assert.deepEqual(extraMs, { median: 50, min: 10, max: 400 });
  assert.equal(extraCpuMs, null);
});

describe("the figure is reached", () => {
  const cases: { what: string; plain: number; cilo: number; isReached: boolean }[] = [
    { what: "by a fifth more of much", plain: 3_000, cilo: 3_590, isReached: true },
    { what: "by 300 ms more of little", plain: 100, cilo: 400, isReached: true },
    { what: "not by more than both", plain: 1_000, cilo: 1_310, isReached: false },
  ];
  for (const { what, plain, cilo, isReached } of cases) {
    test(what, () => {
      const rounds = roundsOf({ plain: [plain], cilo: [cilo], "cilo + DNS": [cilo] });

      const targets = judge({ size: 5, rounds, problems: [] });

      assert.deepEqual(
        targets.map((target) => target.isReached),
        [isReached, isReached, isReached, isReached],
      );
    });
  }
});

test("the report has a line for each figure and tells what was wrong", () => {
  const rounds = roundsOf({ plain: [1_000], cilo: [1_100], "cilo + DNS": [1_400] });

  const report = formatReport({
    results: [{ size: 1, rounds, problems: ["web.x.test has no answer"] }],
    rounds: 1,
    versions: { engine: "1", compose: "2" },
    loadAtStart: 0,
  });

  assert.match(
    report,
    /\| cold up, 1 service, cilo \| <= \+20 % or \+300 ms \| 1\.10 .* x, \+100 .* ms more \| yes \|/,
  );
  assert.match(report, /\| warm up, 1 service, cilo \+ DNS \| .* \+400 .* ms more \| no \|/);
  assert.match(report, /## Wrong\n\n- web\.x\.test has no answer/);
});

test("programs are counted by what Compose is asked to do", () => {
  const run = (what: string): WorkEntry => ({ kind: "program", what, atMs: 0, endMs: 1 });
  const entries = [
    run("/x/docker-compose --file /x/compose.yml config --format json"),
    run("/x/docker-compose --file /x/compose.yml config --format json"),
    run("/x/docker-compose --file /x/compose.yml up --detach"),
    run("git status"),
    { kind: "request", what: "GET /info", atMs: 0, endMs: null },
  ] satisfies WorkEntry[];

  assert.equal(
    formatCountsOf(entries),
    "Programs: 2 x config, 1 x up, 1 x another program. Requests to the engine: 1. Waits for the disk: 0.",
  );
});

test("CPU time of children that have ended is counted", { skip: process.platform !== "linux" }, async () => {
  const before = await readChildrenCpuSeconds();

  await exec(process.execPath, [
    "-e",
    "const end = process.cpuUsage().user + 1e5; while (process.cpuUsage().user < end);",
  ]);

  const after = await readChildrenCpuSeconds();
  assert.ok(before !== null && after !== null && after - before >= 0.1, `${before} to ${after} s`);
});

test("sizes are numbers, and what is none is refused", () => {
  assert.deepEqual(parseOptions([]).sizes, designSizes);
  assert.deepEqual(parseOptions(["--only", "3,1", "--quick"]).sizes, [3, 1]);
  for (const only of ["0", "x", "1,", "1000"]) {
    assert.throws(() => parseOptions(["--only", only]), { code: "CILO_USAGE" });
  }
  assert.throws(() => parseOptions(["--fast"]), { code: "CILO_USAGE" });
});
