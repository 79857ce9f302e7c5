import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { waitFor } from "../../src/base/wait.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import { daemonCheck } from "../../src/doctor/daemon-check.ts";
import { isSuspended } from "../../src/state/suspension.ts";
import { startServer } from "../dns/running-server.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { makeDaemon, makeSurvey, type SurveyChanges, toLines } from "./survey.ts";

const restart = "cilo dns stop; cilo dns start --detach";
const unreachable = new CiloError("CILO_ENGINE_UNREACHABLE", "no engine");

/** What is said of a daemon besides where it is. */
async function check(daemon: Partial<DaemonStatus>, changes: SurveyChanges = {}): Promise<string[]> {
  await using server = await startServer();
  const status = makeDaemon({ ...daemon, port: server.port });
  const lines = toLines(await daemonCheck.run(makeSurvey({ daemon: async () => status, ...changes })));
  assert.equal(lines[0], `ok: DNS server on 127.0.0.1:${server.port} (pid 7)`);
  return lines.slice(1);
}

describe("the check of the daemon", () => {
  test("warns when none runs", async () => {
    assert.deepEqual(toLines(await daemonCheck.run(makeSurvey())), [
      "warning: no DNS server runs: names do not answer -> cilo dns start --detach",
    ]);
  });

  test("is content with one that answers from the state there is", async () => {
    assert.deepEqual(await check({}), []);
  });

  test("warns of one that is behind, once it had time to catch up", async () => {
    const behind = { send: async () => makeDaemon({ revision: 0 }) };
    const caughtUp = { send: async () => makeDaemon({ revision: 1 }) };

    assert.deepEqual(await check({ revision: 0 }, { context: { control: behind as never } }), [
      `warning: the DNS server answers from revision 0, state is at 1 -> ${restart}`,
    ]);
    assert.deepEqual(await check({ revision: 0 }, { context: { control: caughtUp as never } }), []);
  });

  test("finds one that serves another state, unless state was written since it was read", async () => {
    const later = { read: async () => makeState([makeEnvironment()], { revision: 9 }) };

    assert.deepEqual(await check({ revision: 9 }), [
      `problem: the DNS server answers from revision 9, and state is at 1 only: it serves another state -> ${restart}`,
    ]);
    assert.deepEqual(await check({ revision: 9 }, { context: { store: later as never } }), []);
  });

  test("warns of another version of cilo", async () => {
    assert.deepEqual(await check({ version: "0.9.0" }), [
      `warning: the DNS server is of cilo 0.9.0, this is 1.2.3 -> ${restart}`,
    ]);
  });

  test("warns of one that has lost the engine, as long as there is one and it knew it", async () => {
    const lost = { connected: false, endpoint: "unix:///e.sock", message: "it hung up" };

    assert.deepEqual(await check({ engine: lost }), [
      `warning: the DNS server cannot follow the engine at unix:///e.sock: it hung up -> ${restart}`,
    ]);
    assert.deepEqual(await check({ engine: lost }, { engine: () => Promise.reject(unreachable) }), []);
    assert.deepEqual(await check({ engine: { ...lost, endpoint: null } }), []);
  });

  test("finds one that answers for another installation, and hands on what its zone warns of", async () => {
    const lines = await check(
      { warnings: ["shop.example.dev is wanted by two"] },
      {
        differences: async () => [
          { type: "other-daemon", daemon: { pid: 7 } as never, reason: "installation", revision: 1 },
        ],
      },
    );

    assert.deepEqual(lines, [
      `problem: DNS server: the one that runs (pid 7) serves another installation's state -> ${restart}`,
      "info: shop.example.dev is wanted by two",
    ]);
  });

  test("finds a port on which another server answers", async () => {
    await using server = await startServer();
    const state = makeState([], { suffix: "example" });
    const status = makeDaemon({ port: server.port });

    const [, line = ""] = toLines(
      await daemonCheck.run(makeSurvey({ daemon: async () => status, state: async () => state })),
    );

    assert.match(line, /^problem: 127\.0\.0\.1:\d+ does not answer for example: \w+ -> cilo dns stop/);
  });

  test("says that one is suspended, and of any other that says nothing what the client says", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    const pid = child.pid ?? 0;
    const silent = new CiloError("CILO_DAEMON_NO_ACK", "the daemon did not answer", { details: { pid } });
    const survey = makeSurvey({ daemon: () => Promise.reject(silent) });
    try {
      const running = toLines(await daemonCheck.run(survey));
      child.kill("SIGSTOP");
      await waitFor(async () => ((await isSuspended(pid)) ? true : null), { timeoutMs: 5_000 });

      assert.deepEqual(running, ["problem: the daemon did not answer"]);
      assert.deepEqual(toLines(await daemonCheck.run(survey)), [
        `problem: the DNS server (pid ${pid}) is suspended and answers nobody -> kill -CONT ${pid}`,
      ]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
