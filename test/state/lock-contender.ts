/**
 * Takes a lock again and again and looks whether anybody else is inside at the same time. May die of SIGKILL while it holds the lock.
 * Arguments: the lock's path, a file to mark presence with, rounds, probability of dying in a round. Prints "alone" or "together" a round.
 */
import { readFile, writeFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { acquireLock } from "../../src/state/lock.ts";

const [path = "", presenceFile = "", rounds = "", deathProbability = ""] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round += 1) {
  const lock = await acquireLock(path, { purpose: "contend", timeoutMs: 60_000 });
  const mark = `${process.pid} ${round}`;
  await writeFile(presenceFile, mark);
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  const alone = (await readFile(presenceFile, "utf8")) === mark && (await lock.isStillOurs());
  process.stdout.write(alone ? "alone\n" : "together\n");
  if (Math.random() < Number(deathProbability)) process.kill(process.pid, "SIGKILL");
  await lock.release();
}
