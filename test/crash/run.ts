/**
 * Cuts off every command at every point, with each command next, and prints what came of it as a Markdown table. A part
 * of it: `CILO_CRASH_CUTS=same,doctor` (the next commands), `CILO_CRASH_COMMANDS=up,destroy` (those that are cut off).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crashTableHead } from "./crash-table.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";

const folder = await makeTemporaryFolder("cilo-crash-table-");
const table = join(folder, "rows.md");
const files = ["state-writes", "matrix"].map((name) => fileURLToPath(new URL(`${name}.test.ts`, import.meta.url)));
// stdout is the table's; node:test writes there too.
const tests = spawn(process.execPath, ["--import", "tsx", "--test", "--test-concurrency=1", ...files], {
  stdio: ["ignore", process.stderr, "inherit"],
  env: { CILO_CRASH_CUTS: "all", ...process.env, CILO_CRASH_TABLE: table },
});
const [code] = await once(tests, "close");
const rows = await readFile(table, "utf8").catch(() => "");
process.stdout.write(`${crashTableHead}${rows.split("\n").sort().join("\n").trim()}\n`);
await rm(folder, { recursive: true, force: true });
process.exitCode = code ?? 1;
