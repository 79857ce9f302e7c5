/*
 * Measures how long so many `cilo create` take that are started at once, beside as many starts of Node.js that do nothing:
 * what is above those is the program's own, most of it waiting for each other. Nothing is made on the engine.
 */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { CiloError } from "../../../src/base/errors.ts";
import { engineSkip } from "../../support/engine.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { formatReport, toJson } from "./report.ts";
import { runRounds } from "./rounds.ts";
import { createVariants } from "./variants.ts";

/** Runs the bench; gives the exit code: 0 unless something was wrong with what was measured, whatever the figures. */
async function main(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const { count, rounds, jsonFile } = options;
  const loadAtStart = loadavg()[0] ?? 0;
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-bench-")));
  try {
    const withoutEngine = await engineSkip();
    if (withoutEngine !== false) process.stderr.write(`only with the engine down: ${withoutEngine}\n`);
    const variants = await createVariants({ directory, hasEngine: withoutEngine === false });
    const results = await runRounds({ variants, count, rounds, directory, signal });
    const report = { results, count, rounds, loadAtStart };
    process.stdout.write(formatReport(report));
    if (jsonFile !== null) await writeFile(jsonFile, `${JSON.stringify(toJson(report), null, 2)}\n`);
    return results.some(({ problems }) => problems.length > 0) ? 1 : 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => interruption.abort(new CiloError("CILO_INTERRUPTED", "the bench was interrupted")));
}
try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)), interruption.signal);
} catch (error) {
  if (!(error instanceof CiloError)) throw error;
  process.stderr.write(`${error.message}${error.hint === null ? "" : `\nhint: ${error.hint}`}\n`);
  process.exitCode = error.exitCode;
}
