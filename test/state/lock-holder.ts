/** Takes a lock, says so, and holds it until stdin is closed. Arguments: the lock's path, what it is for. */
import { once } from "node:events";
import { acquireLock } from "../../src/state/lock.ts";

const [path = "", purpose = ""] = process.argv.slice(2);
const lock = await acquireLock(path, { purpose, timeoutMs: 10_000 });
process.stdout.write("held\n");
process.stdin.resume();
await once(process.stdin, "end");
await lock.release();
process.stdout.write("released\n");
