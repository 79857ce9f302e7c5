/**
 * Begins an operation, records a child of its own, says so, and waits to be killed or for stdin to be closed.
 * Arguments: CILO_HOME, the environment's id, the child's program (empty: none), whether the child leads a process group.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { resolvePaths } from "../../src/base/paths.ts";
import { beginOperation } from "../../src/state/operation.ts";
import { createStateStore } from "../../src/state/store.ts";

const [home = "", environmentId = "", childProgram = "", leadsGroup = ""] = process.argv.slice(2);
const paths = resolvePaths({ CILO_HOME: home });
const operation = await beginOperation({
  store: createStateStore({ paths }),
  paths,
  environmentId,
  kind: "up",
  noWait: false,
});
await operation.step("compose up");
if (childProgram === "") {
  process.stdout.write("begun\n");
} else {
  const child = spawn("/bin/sh", ["-c", childProgram], {
    detached: leadsGroup === "true",
    stdio: ["ignore", "pipe", "ignore"],
  });
  // The program writes a line once it is set up, and may name other processes in it.
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  if (child.pid !== undefined) await operation.recordChild(child.pid);
  process.stdout.write(`${child.pid} ${line}\n`);
}
process.stdin.resume();
await once(process.stdin, "end");
await operation.finish();
process.stdout.write("finished\n");
process.exit(0);
