/**
 * Starts a child that would make a file, and never comes to let it begin: prints the child's pid and waits to be killed.
 * Argument: the file.
 */
import { exec } from "../../src/base/exec.ts";

const [file = ""] = process.argv.slice(2);
await exec("sh", ["-c", ': > "$0"; sleep 60', file], {
  onStart: async (pid) => {
    process.stdout.write(`${pid}\n`);
    await new Promise(() => setInterval(() => {}, 60_000));
  },
});
