import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type RunningCilo, startCilo } from "./support/running-cilo.ts";
import { missingTools, needsRoot, runTool } from "./support/tools.ts";

const fuzzSeconds = 20;
const pauseMs = 20;

describe("nmap's dns-fuzz", { skip: missingTools("nmap") || needsRoot("a UDP scan") }, () => {
  let cilo: RunningCilo;
  before(async () => {
    cilo = await startCilo();
  });
  after(() => cilo[Symbol.asyncDispose]());

  test(`20: finds no packet that stops us, and no good query goes unanswered, for ${fuzzSeconds} s`, async () => {
    const { faults: before } = (await cilo.status()).counters;
    const over = new AbortController();
    const asking = askUntil(cilo.port, over.signal);

    const report = await runTool(
      "nmap",
      [
        ...["-sU", "-Pn", "-n", "-p", String(cilo.port), "127.0.0.1"],
        ...["--script", "+dns-fuzz", "--script-args", `timelimit=${fuzzSeconds}s`],
      ],
      { timeoutMs: (fuzzSeconds + 30) * 1_000 },
    ).finally(() => over.abort());

    // What the script says when it gets no reply, from the start or at some packet, is another line.
    assert.match(report, /dns-fuzz: The server seems impervious to our assault\./);
    const { answered, failures } = await asking;
    assert.deepEqual(failures, []);
    assert.ok(answered > 100, `${answered} good queries`);
    assert.equal((await cilo.status()).counters.faults, before);
  });
});

/** Asks for a name over and over. */
async function askUntil(port: number, signal: AbortSignal): Promise<{ answered: number; failures: string[] }> {
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const failures: string[] = [];
  let answered = 0;
  while (!signal.aborted) {
    const address = await resolver.resolve4("web.blue.test").catch((error: Error) => error.message);
    if (String(address) === "10.224.0.10") answered += 1;
    else failures.push(String(address));
    await pause(pauseMs);
  }
  return { answered, failures };
}
