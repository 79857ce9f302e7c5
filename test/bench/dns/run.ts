import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { CiloError } from "../../../src/base/errors.ts";
import { type BenchOptions, parseOptions, type SectionName } from "./options.ts";
import { findInstalled, type Installed } from "./packages.ts";
import { profileLocal } from "./profile.ts";
import { formatReport, toJson } from "./report.ts";
import type { SectionResult } from "./section-result.ts";
import { benchCached } from "./sections/cached.ts";
import { benchChanges } from "./sections/changes.ts";
import { benchForward } from "./sections/forward.ts";
import { benchIdle } from "./sections/idle.ts";
import { benchLocal } from "./sections/local.ts";
import { benchScale } from "./sections/scale.ts";
import type { SectionContext } from "./sections/section-context.ts";
import { createWorkbench } from "./workbench.ts";

const sections: Record<SectionName, (context: SectionContext) => Promise<SectionResult>> = {
  local: benchLocal,
  cached: benchCached,
  forward: benchForward,
  changes: benchChanges,
  scale: benchScale,
  idle: benchIdle,
};

/** The other parts have their own load. */
const sectionsWithDnsperf: readonly SectionName[] = ["local", "cached", "scale", "idle"];

function isPossible(name: SectionName, installed: Installed): boolean {
  return installed.dnsperf !== null || !sectionsWithDnsperf.includes(name);
}

/** Runs the bench; gives the exit code: 0 unless something was wrong with what was measured, whatever the figures. */
async function main(options: BenchOptions): Promise<number> {
  const installed = await findInstalled();
  await using bench = await createWorkbench();
  const context = {
    bench,
    extent: options.extent,
    installed,
    say: (text: string) => process.stderr.write(`${text}\n`),
  };
  if (options.profile) {
    process.stdout.write(await profileLocal(context));
    return 0;
  }
  const loadAtStart = loadavg()[0] ?? 0;
  const results: SectionResult[] = [];
  for (const name of options.sections) {
    if (isPossible(name, installed)) results.push(await sections[name](context));
  }
  const skipped = options.sections.filter((name) => !isPossible(name, installed));
  const report = { results, skipped, installed, cpus: bench.cpus, extent: options.extent, loadAtStart };
  process.stdout.write(formatReport(report));
  if (options.jsonFile !== null) await writeFile(options.jsonFile, `${JSON.stringify(toJson(report), null, 2)}\n`);
  return results.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof CiloError)) throw error;
  process.stderr.write(`${error.message}${error.hint === null ? "" : `\nhint: ${error.hint}`}\n`);
  process.exitCode = error.exitCode;
}
