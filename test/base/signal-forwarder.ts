import { exec } from "../../src/base/exec.ts";

/** Runs a shell script with this process's terminal, as `cilo exec` runs Compose, and ends as it ended. */
const [script = ""] = process.argv.slice(2);
const { exitCode, signal } = await exec("sh", ["-c", script], { inherit: true });
process.stdout.write(`ended with ${exitCode ?? signal}\n`);
