/*
 * Measures `cilo up` beside plain `docker compose up -d` of the same project, side by side in one run.
 *
 * `docker compose up -d` returns as soon as it has started the containers, whether they live on or not; `cilo up` returns when
 * they do. So the plain side waits after it until the same holds: each container runs, is healthy where it has a health check,
 * and has run for as long as `cilo up` wants to see one run that has none (`provenMs` in src/controller/settle.ts).
 * It is an ideal waiter: it runs in this process, starts no program, and looks again at the very moment at which a container
 * is old enough. What the plain side takes without that waiting is in the report as well.
 *
 * Everything it makes on the engine has names of its own, and is gone at the end, also when the bench is interrupted.
 */
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { CiloError } from "../../../src/base/errors.ts";
import { docker, engineSkip } from "../../support/engine.ts";
import { createWorld, type World } from "../../support/world.ts";
import { createCiloContender, createPlainContender } from "./contenders.ts";
import { type EngineTruth, openEngineTruth } from "./engine-truth.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { profileUp } from "./profile.ts";
import { formatReport, type SizeResult, toJson } from "./report.ts";
import { runRounds } from "./rounds.ts";

/** Runs the bench; gives the exit code: 0 unless something was wrong with what was measured, whatever the figures. */
async function main(options: BenchOptions, signal: AbortSignal): Promise<number> {
  await requireEngine();
  const loadAtStart = loadavg()[0] ?? 0;
  await using world = await createWorld();
  if (options.profile) {
    process.stdout.write(await profileUp({ world, sizes: options.sizes, say, signal }));
    return 0;
  }
  await using worldWithDns = await createWorld();
  await worldWithDns.startDns();
  const truth = await openEngineTruth(process.env);
  const results: SizeResult[] = [];
  for (const size of options.sizes) {
    say(`${size} ${size === 1 ? "service" : "services"}`);
    results.push(await benchSize({ size, world, worldWithDns, truth, rounds: options.rounds, signal }));
  }
  const report = { results, rounds: options.rounds, versions: await readVersions(), loadAtStart };
  process.stdout.write(formatReport(report));
  if (options.jsonFile !== null) await writeFile(options.jsonFile, `${JSON.stringify(toJson(report), null, 2)}\n`);
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

async function benchSize(options: {
  size: number;
  world: World;
  worldWithDns: World;
  truth: EngineTruth;
  rounds: number;
  signal: AbortSignal;
}): Promise<SizeResult> {
  const { size, world, worldWithDns, truth, rounds, signal } = options;
  await using plain = await createPlainContender({ size, world, truth });
  const contenders = [
    plain,
    await createCiloContender({ size, world, truth, hasDns: false }),
    await createCiloContender({ size, world: worldWithDns, truth, hasDns: true }),
  ];
  return { size, ...(await runRounds({ contenders, rounds, signal })) };
}

/** @throws CILO_ENGINE_UNREACHABLE */
async function requireEngine(): Promise<void> {
  const reason = await engineSkip();
  if (reason === false) return;
  throw new CiloError("CILO_ENGINE_UNREACHABLE", `the bench starts containers, and ${reason}`, {
    hint: 'start a Docker Engine ("sudo systemctl start docker"), or point DOCKER_HOST to one, and run "npm run bench:up" again',
  });
}

async function readVersions(): Promise<{ engine: string; compose: string }> {
  const [engine, compose] = await Promise.all([
    docker("version", "--format", "{{.Server.Version}}"),
    docker("compose", "version", "--short"),
  ]);
  return { engine, compose };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // What was made on the engine is taken away before the end. The listener stays: without one, proper-lockfile's would end the process.
  process.on(signal, () => interruption.abort(new CiloError("CILO_INTERRUPTED", "the bench was interrupted")));
}
try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)), interruption.signal);
} catch (error) {
  if (!(error instanceof CiloError)) throw error;
  process.stderr.write(`${error.message}${error.hint === null ? "" : `\nhint: ${error.hint}`}\n`);
  process.exitCode = error.exitCode;
}
