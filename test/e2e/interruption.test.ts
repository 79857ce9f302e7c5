import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../src/base/wait.ts";
import { isSuspended } from "../../src/state/suspension.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { toFaultVariables } from "../support/faults.ts";
import { signalAt, type TypedOptions, terminalSkip, typeCilo } from "../support/typed-cilo.ts";
import { createWorld, type World } from "../support/world.ts";

const skip = await engineSkip();
const skipTerminal = await terminalSkip();
const adder = fileURLToPath(new URL("../crash/state-adder.ts", import.meta.url));
/** Takes no notice of SIGTERM, as process 1 of a container. */
const stubborn = "cilo-halt-one-stubborn-1";
const ctrlC = "\u0003";

const compose = `
services:
  web:
    image: IMAGE
    command: [httpd, -f, -p, "80"]
    stop_signal: SIGKILL
  sick:
    image: IMAGE
    command: [sleep, "3600"]
    stop_signal: SIGKILL
    profiles: [sick]
    healthcheck: {test: [CMD, "false"], interval: 1s, retries: 1000, start_period: 600s}
  stubborn:
    image: IMAGE
    command: [sleep, "3600"]
    stop_grace_period: 30s
    profiles: [stubborn]
`;

describe("a command that is interrupted", { skip }, () => {
  let world: World;
  let source: string;
  before(async () => {
    world = await createWorld();
    source = await world.write("halt", compose);
    await world.must("create", "halt/one", "--from", source);
  });
  after(() => world[Symbol.asyncDispose]());

  async function journalOf(key: string) {
    return (await world.state()).hosts.local.environments[key]?.operation ?? null;
  }

  /** Types a command, does something once it has said a text, and gives the exit code and all it said. */
  async function interrupt(
    args: readonly string[],
    { at, with: how, ...options }: TypedOptions & { at: string | RegExp; with: NodeJS.Signals | typeof ctrlC },
  ) {
    using run = typeCilo(world, args, options);
    await run.until(at);
    if (how === ctrlC) run.type(ctrlC);
    else run.kill(how);
    return { code: await run.ended, said: run.said() };
  }

  for (const [point, signal, code] of [
    ["operation.reserved", "INT", 130],
    ["copy.staging-made", "TERM", 143],
  ] as const) {
    test(`create, by SIG${signal} at ${point}: nothing is left, and it works the next time`, async () => {
      const args = ["create", "halt/two", "--from", source];
      using run = typeCilo(world, args, { faults: signalAt(point, signal) });

      assert.equal(await run.ended, code, run.said());
      assert.match(run.said(), /interrupted \[CILO_INTERRUPTED\]\nhint: run the same command again/);
      assert.deepEqual(Object.keys((await world.state()).hosts.local.environments), ["halt/one"]);
      await world.must(...args);
      await world.must("destroy", "halt/two", "--force");
    });
  }

  for (const [point, signal, code] of [
    ["operation.begun", "HUP", 129],
    ["up.prepared", "INT", 130],
    ["up.composed", "TERM", 143],
  ] as const) {
    test(`up, by SIG${signal} at ${point}: says how to go on, and going on works`, async () => {
      using run = typeCilo(world, ["up", "halt/one"], { faults: signalAt(point, signal) });

      assert.equal(await run.ended, code, run.said());
      assert.match(run.said(), /\[CILO_INTERRUPTED\]\nhint: /);
      const { environment } = JSON.parse(await world.must("status", "halt/one", "--json"));
      assert.equal(environment.operation, null);
      assert.match(environment.lastError, /interrupted/);
      assert.match(await world.must("up", "halt/one"), /^halt\/one is up/);
    });
  }

  test("up, while it waits for health in a terminal: the services go on, and Ctrl-C is no failure of theirs", {
    skip: skipTerminal,
  }, async () => {
    const { code, said } = await interrupt(["up", "halt/one", "--profile", "sick", "--progress", "plain"], {
      ...{ terminal: true, at: "start the services", with: ctrlC },
    });

    assert.equal(code, 130, said);
    assert.equal((await world.state()).hosts.local.environments["halt/one"]?.lastError, "interrupted");
    assert.match(await world.must("up", "halt/one", "--default-profiles"), /is up/);
  });

  test("down, while a container takes its time: what it says works, and force is not needed", {
    skip: skipTerminal,
  }, async () => {
    await world.must("up", "halt/one", "--profile", "stubborn");

    const { code, said } = await interrupt(["down", "halt/one", "--verbose", "--progress", "plain"], {
      ...{ terminal: true, at: /stubborn-1 +Stopping/, with: ctrlC },
    });

    assert.equal(code, 130, said);
    assert.match(said, /stopping halt\/one was interrupted \[CILO_INTERRUPTED\]/);
    assert.equal(await journalOf("halt/one"), null);
    await docker("kill", stubborn);
    assert.match(await world.must("up", "halt/one", "--default-profiles"), /is up/);
  });

  test("logs --follow ends at one Ctrl-C, and at one signal to it alone", { skip: skipTerminal }, async () => {
    await world.must("up", "halt/one");
    await world.must("exec", "halt/one", "web", "sh", "-c", "echo from-the-test > /proc/1/fd/1");
    for (const how of [ctrlC, "SIGINT", "SIGTERM"] as const) {
      const { code, said } = await interrupt(["logs", "--follow", "halt/one"], {
        ...{ terminal: true, at: "from-the-test", with: how },
      });

      // Compose gives one code for all of them.
      assert.equal(code, 130, said);
    }
  });

  test("compose up in a terminal holds nobody up who only looks; Ctrl-C stops what it shows", {
    skip: skipTerminal,
  }, async () => {
    using attached = typeCilo(world, ["compose", "halt/one", "up"], { terminal: true });
    await attached.until("Attaching to");

    assert.match(await world.must("status", "halt/one"), /^operation +up \(pid \d+\)/m);
    assert.equal(await world.must("exec", "halt/one", "web", "echo", "hello"), "hello");
    await world.must("logs", "halt/one", "web");
    using waiting = typeCilo(world, ["down", "halt/one"]);
    await waiting.until(/waiting for "up halt\/one" to end \(pid \d+\)/);
    waiting.kill("SIGINT");
    assert.equal(await waiting.ended, 130, waiting.said());
    attached.type(ctrlC);

    // Compose 2.26 now and then panics when it has stopped them ("close of closed channel"), and ends with 2.
    assert.ok([130, 2].includes(await attached.ended), attached.said());
    assert.equal(await journalOf("halt/one"), null);
    const { environment } = JSON.parse(await world.must("status", "halt/one", "--json"));
    assert.equal(environment.services.find((service: { name: string }) => service.name === "web").status, "exited");
  });

  test("a question that is answered with Ctrl-C changes nothing", { skip: skipTerminal }, async () => {
    const { code } = await interrupt(["destroy", "halt/one"], {
      ...{ terminal: true, at: "Destroy it?", with: ctrlC },
    });

    assert.equal(code, 130);
    assert.equal(await journalOf("halt/one"), null);
  });

  test("the DNS server in a terminal ends in order at Ctrl-C", { skip: skipTerminal }, async () => {
    const { code, said } = await interrupt(["dns", "start", "--port", "0"], {
      ...{ terminal: true, at: "Ctrl-C stops", with: ctrlC },
    });

    assert.equal(code, 0, said);
    assert.match(said, /"msg":"stopping"/);
  });

  test("exec ends with 125 when cilo fails, and as an interrupted command when a signal comes before its child works", async () => {
    const { code, stderr } = await world.cilo(["exec", "halt/none", "web", "true"]);
    using run = typeCilo(world, ["exec", "halt/one", "web", "sleep", "60"], {
      faults: signalAt("child.let-go", "INT"),
    });

    assert.equal(code, 125, stderr);
    assert.equal(await run.ended, 130, run.said());
  });

  test("signals that come together ask once: it still ends in order", async () => {
    await world.must("up", "halt/one", "--profile", "stubborn");
    using run = typeCilo(world, ["down", "halt/one", "--verbose"]);
    await run.until(/stubborn-1 +Stopping/);

    for (let count = 0; count < 3; count += 1) run.kill("SIGTERM");

    assert.equal(await run.ended, 143, run.said());
    assert.match(run.said(), /\[CILO_INTERRUPTED\]/);
    assert.equal(await journalOf("halt/one"), null);
    await docker("kill", stubborn);
  });

  test("a second Ctrl-C ends it at once, and the next command goes on from there", async (t) => {
    const holder = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", adder, world.home, "none"], {
      env: {
        ...process.env,
        ...toFaultVariables({ at: { point: "state.lock-taken", passing: 1, signal: "SIGSTOP" } }),
      },
      stdio: "ignore",
    });
    t.after(() => holder.kill("SIGKILL"));
    const holderPid = holder.pid ?? 0;
    assert.ok(await waitFor(async () => (await isSuspended(holderPid)) || null, { timeoutMs: 20_000 }));
    using run = typeCilo(world, ["up", "halt/one", "--default-profiles"]);
    await run.until("pid");
    const locks = join(world.home, "locks");
    assert.ok(await waitFor(async () => ((await hasEnvironmentLock(locks)) ? true : null), { timeoutMs: 20_000 }));

    run.kill("SIGINT");
    await run.until("stopping; Ctrl-C again ends it at once");
    run.kill("SIGINT");

    assert.equal(await run.ended, 130, run.said());
    assert.doesNotMatch(run.said(), /CILO_/);
    holder.kill("SIGKILL");
    await once(holder, "close");
    assert.match(await world.must("up", "halt/one", "--default-profiles"), /is up/);
  });

  test("a suspended operation is named to who does not wait, and goes on where it was", async () => {
    const faults = { at: { point: "operation.noted", passing: 1, signal: "SIGSTOP" } } as const;
    using suspended = typeCilo(world, ["down", "halt/one"], { faults });
    await suspended.until("pid");
    assert.ok(await waitFor(async () => (await isSuspended(suspended.pid)) || null, { timeoutMs: 20_000 }));

    const { code, stderr } = await world.cilo(["up", "halt/one", "--no-wait"]);
    using waiting = typeCilo(world, ["up", "halt/one"]);
    await waiting.until(`waiting for "down halt/one" to end (pid ${suspended.pid}, which is suspended)`);
    suspended.kill("SIGCONT");

    assert.equal(code, 4, stderr);
    assert.match(stderr, new RegExp(`pid ${suspended.pid}, which is suspended, [^]*hint: run "kill -CONT -- -\\d+"`));
    assert.equal(await suspended.ended, 0, suspended.said());
    assert.equal(await waiting.ended, 0, waiting.said());
  });

  test("a copy of many files stops at once, and nothing of it is left", async () => {
    const folder = join(source, "many");
    await mkdir(folder);
    for (let file = 0; file < 3_000; file += 1) await writeFile(join(folder, `${file}.txt`), "text\n");
    using run = typeCilo(world, ["create", "halt/big", "--from", source], {
      faults: { at: { point: "copy.entry-placed", passing: 100, run: ["sh", "-c", "kill -INT $PPID"] } },
    });

    assert.equal(await run.ended, 130, run.said());
    assert.match(run.said(), /copying .* was interrupted \[CILO_INTERRUPTED\]/);
    assert.equal((await world.cilo(["path", "halt/big"])).code, 2);
  });
});

async function hasEnvironmentLock(locks: string): Promise<boolean> {
  return (await readdir(locks)).some((name) => /^[0-9a-f-]{36}\.lock$/.test(name));
}
