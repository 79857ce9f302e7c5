import { exec } from "../../src/base/exec.ts";

/**
 * Runs a shell script with this process's terminal, as `cilo exec` runs Compose, and ends as it ended. Arguments: the
 * script; "once" or "repeat", whether the script is harmed by a second Ctrl-C, and then it says when it gets one
 * itself.
 */
const [script = "", harm] = process.argv.slice(2);
if (harm !== undefined) process.on("SIGINT", () => process.stdout.write("seen\n"));
const { exitCode, signal } = await exec("sh", ["-c", script], {
  inherit: true,
  repeatInterrupt: harm === "repeat",
  onStart: () => {},
});
process.stdout.write(`ended with ${exitCode ?? signal}\n`);
