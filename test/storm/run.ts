/*
 * Lets a storm of commands loose, many at once and some cut off by signals, and says in Markdown what came of it. Everything
 * it makes on the engine is gone at the end.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CiloError } from "../../src/base/errors.ts";
import { engineSkip } from "../support/engine.ts";
import { formatStorm } from "./report.ts";
import { runStorm } from "./run-storm.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => interruption.abort(new CiloError("CILO_INTERRUPTED", "the storm was interrupted")));
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    commands: { type: "string", default: "200" },
    environments: { type: "string", default: "20" },
    interrupted: { type: "string", default: "0.25" },
    output: { type: "string" },
  },
});
const reason = await engineSkip();
if (reason !== false) throw new Error(`a storm starts containers, and ${reason}`);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
process.stderr.write(`seed ${seed}\n`);
const result = await runStorm(
  {
    seed,
    commands: Number(values.commands),
    environments: Number(values.environments),
    interruptedShare: Number(values.interrupted),
  },
  interruption.signal,
);
const summary = formatStorm(result);
process.stdout.write(summary);
if (values.output !== undefined) await writeFile(values.output, summary);
process.exitCode = result.problems.length === 0 ? 0 : 1;
