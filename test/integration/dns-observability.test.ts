import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { DaemonStatus } from "../../src/control/daemon-status.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";

const program = fileURLToPath(new URL("../../bin/cilo.cjs", import.meta.url));
const timeoutMs = 20_000;

/** A follower of the built program, and what it has written. */
interface Follower {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
}

describe("what the daemon tells of itself, through the program as users have it", () => {
  let home: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), "cilo-observe-")));
    const login = makeEnvironment({ name: "login", services: { web: makeService({ addresses: ["10.224.0.10"] }) } });
    const state = makeState([login], { revision: 5 });
    state.hosts.local.engine = { endpoint: `unix://${home}/no-engine.sock`, id: "X" };
    await writeFile(join(home, "state.json"), JSON.stringify(state), { mode: 0o600 });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await run("dns", "stop");
    await rm(home, { recursive: true });
  });

  function run(...args: string[]) {
    return exec(process.execPath, [program, ...args], {
      env: { ...process.env, CILO_HOME: home, NO_COLOR: "1" },
      timeoutMs: 30_000,
    });
  }

  async function startDetached(...flags: string[]): Promise<DaemonStatus> {
    const { exitCode, stderr } = await run(
      "dns",
      "start",
      "--detach",
      "--port",
      "0",
      "--upstream",
      "127.0.0.1:9",
      ...flags,
    );
    assert.equal(exitCode, 0, stderr);
    const status = await createControlClient(resolvePaths({ CILO_HOME: home })).send({ type: "status" });
    assert.ok(status);
    return status;
  }

  /** @param ready what it has said once it follows. */
  async function follow(ready: RegExp, ...flags: string[]): Promise<Follower> {
    const child = spawn(process.execPath, [program, "dns", "logs", ...flags], {
      env: { ...process.env, CILO_HOME: home, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      output.stderr += text;
    });
    const follower = { child, output };
    await untilSaid(follower, ready);
    return follower;
  }

  async function untilSaid({ output }: Follower, pattern: RegExp): Promise<void> {
    const look = () => (pattern.test(output.stdout + output.stderr) ? true : null);
    assert.ok(await waitFor(look, { timeoutMs, intervalMs: 10 }), `${pattern}: ${output.stdout}${output.stderr}`);
  }

  async function exitOf({ child }: Follower): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }

  test("a detached daemon has the flags of the command, and config.yml the rest", async () => {
    await writeFile(join(home, "config.yml"), "dns:\n  firefoxCanary: true\n  allow: [192.168.1.0/24]\n");

    const status = await startDetached(
      "--upstream",
      "corp.example=127.0.0.1:8",
      "--allow",
      "10.0.0.0/8",
      "--log-queries",
    );
    const canary = await run("dns", "query", "use-application-dns.net");

    assert.deepEqual(status.allow, ["10.0.0.0/8"]);
    assert.equal(status.logQueries, true);
    assert.deepEqual(status.upstreams.routes, [{ domain: "corp.example", servers: ["127.0.0.1:8"] }]);
    assert.equal(canary.exitCode, 1);
    assert.match(canary.stderr, /does not exist \(NXDOMAIN\)/);
  });

  test("a trace goes through the running daemon", async () => {
    const { serial } = await startDetached();

    const { exitCode, stdout } = await run("dns", "query", "web.login.test", "--trace", "--json");

    assert.equal(exitCode, 0);
    const { trace } = JSON.parse(stdout);
    assert.deepEqual([trace.rule, trace.revision, trace.serial, trace.source], ["exact", 5, serial, "zone"]);
  });

  test("queries are told to whoever watches, of which one may be killed, and Ctrl-C ends the other with 130", async () => {
    await startDetached();
    const killed = await follow(/watching queries/, "--queries");
    const watcher = await follow(/watching queries/, "--queries");

    await run("dns", "query", "web.login.test");
    await Promise.all([untilSaid(killed, /web\.login\.test/), untilSaid(watcher, /web\.login\.test/)]);
    killed.child.kill("SIGKILL");
    await exitOf(killed);
    await run("dns", "query", "nope.login.test");
    await untilSaid(watcher, / udp nope\.login\.test A NXDOMAIN zone /);
    watcher.child.kill("SIGINT");

    assert.equal(await exitOf(watcher), 130);
    assert.equal((await run("dns", "status")).exitCode, 0);
  });

  test("queries are on disk only when that was asked for", async () => {
    for (const flags of [[], ["--log-queries"]]) {
      await startDetached(...flags);
      await run("dns", "query", "web.login.test");
      await run("dns", "stop");

      const log = await readFile(join(home, "logs/daemon.log"), "utf8");
      const { stdout } = await run("dns", "logs", "--queries");

      assert.equal(log.includes("web.login.test"), flags.length > 0);
      assert.equal(stdout.includes("web.login.test A NOERROR zone"), flags.length > 0);
    }
  });

  test("a follower is told when the daemon stops, and when it is gone without a word", async () => {
    await startDetached();
    const first = await follow(/ answering /, "--follow");
    await run("dns", "stop");
    assert.equal(await exitOf(first), 0);
    assert.match(first.output.stdout, / stopping\n$/);

    const { pid } = await startDetached();
    const second = await follow(/ answering /, "--follow");
    process.kill(pid, "SIGKILL");

    assert.equal(await exitOf(second), 3);
    assert.match(second.output.stderr, /the DNS server is gone without a last word \[CILO_DAEMON_NOT_RUNNING\]/);
  });

  test("a follower that is suspended does not keep the daemon from answering and ending", async () => {
    const { pid } = await startDetached();
    const suspended = await follow(/watching queries/, "--queries");
    suspended.child.kill("SIGSTOP");

    const answered = await run("dns", "query", "web.login.test");
    const stopped = await run("dns", "stop");
    suspended.child.kill("SIGCONT");

    assert.deepEqual([answered.exitCode, stopped.exitCode], [0, 0]);
    assert.match(stopped.stdout, new RegExp(`^stopped \\(pid ${pid}\\)`));
    assert.equal(await exitOf(suspended), 0);
  });
});
