import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Logger, silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { encodeQuery } from "../../src/dns/codec.ts";
import { makeEnvironment, makeService, makeState } from "../support/environment.ts";
import { beginCli, type CliRun, createHome, type Home, runCli, startDaemon } from "./in-process.ts";

const login = makeEnvironment({ name: "login", services: { web: makeService({ addresses: ["10.224.0.10"] }) } });
const line =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1:\d+ udp web\.login\.test A NOERROR zone \d+\.\d\d ms$/;

/** Waits until a run has written what matches. */
async function untilWritten(run: CliRun, pattern: RegExp): Promise<void> {
  const found = await waitFor(() => (pattern.test(run.output.stdout) ? true : null), {
    timeoutMs: 10_000,
    intervalMs: 5,
  });
  assert.ok(found, `${pattern} was not written, but: ${run.output.stdout}\n${run.output.stderr}`);
}

/** Begins to watch queries, and waits until it does. */
async function watchQueries(home: Home, ...flags: string[]): Promise<CliRun> {
  const run = beginCli(["dns", "logs", "--queries", ...flags], home);
  const isWatching = () => (run.output.stderr.includes("watching queries") ? true : null);
  assert.ok(await waitFor(isWatching, { timeoutMs: 10_000, intervalMs: 5 }), run.output.stderr);
  return run;
}

async function ask(home: Home, name: string): Promise<void> {
  await runCli(["dns", "query", name], home);
}

/** Asks the same question again and again, never more than a few at a time. */
async function askManyTimes({ port }: { port: number }, count: number): Promise<void> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const query = await encodeQuery({ id: 1, name: `${"x".repeat(60)}.login.test`, type: 1 });
  const batch = 50;
  for (let sent = 0; sent < count; sent += batch) {
    const answered = Promise.withResolvers<void>();
    let missing = batch;
    const onMessage = () => {
      missing -= 1;
      if (missing === 0) answered.resolve();
    };
    socket.on("message", onMessage);
    for (let index = 0; index < batch; index += 1) socket.send(query);
    await answered.promise;
    socket.off("message", onMessage);
  }
  socket.close();
}

describe("cilo dns logs", () => {
  test("shows the daemon's last lines and ends", async () => {
    await using home = await createHome();
    await using daemon = await startDaemon(home);

    const text = await runCli(["dns", "logs"], home);
    const json = await runCli(["dns", "logs", "--json", "--tail", "1"], home);
    const none = await runCli(["dns", "logs", "-n", "0"], home);

    assert.deepEqual([text.exitCode, text.stderr], [0, ""]);
    assert.match(
      text.stdout,
      new RegExp(`^\\S+Z info {2}answering address=127\\.0\\.0\\.1 port=${daemon.port} revision=1$`, "m"),
    );
    const [entry] = json.stdout
      .trimEnd()
      .split("\n")
      .map((written) => JSON.parse(written));
    assert.equal(json.stdout.trimEnd().split("\n").length, 1);
    assert.deepEqual([entry.schema, entry.type, entry.level], [1, "log", entry.level]);
    assert.equal(none.stdout, "");
  });

  test("--follow goes on until the daemon stops, which is told and no failure", async () => {
    await using home = await createHome();
    const daemon = await startDaemon(home);
    const run = beginCli(["dns", "logs", "--follow"], home);
    await untilWritten(run, /answering/);

    await daemon.stop();

    assert.equal(await run.ended, 0);
    assert.match(run.output.stdout, /info {2}stopping\n$/);
    assert.match(run.output.stderr, /the DNS server stops/);
  });

  test("--follow ends with 130 on Ctrl-C", async () => {
    await using home = await createHome();
    await using _ = await startDaemon(home);
    const run = beginCli(["dns", "logs", "--follow"], home);
    await untilWritten(run, /answering/);

    run.interrupt();

    assert.equal(await run.ended, 130);
  });

  test("ends when nobody reads any more", async () => {
    await using home = await createHome();
    await using _ = await startDaemon(home);
    const run = await watchQueries(home);

    run.stdout.destroy();
    await ask(home, "web.login.test");

    assert.equal(await run.ended, 0);
  });
});

describe("cilo dns logs --queries", () => {
  test("tells two watchers of each query, and nothing of what was before", async () => {
    await using home = await createHome(makeState([login]));
    await using _ = await startDaemon(home);
    await ask(home, "before.login.test");
    const first = await watchQueries(home);
    const second = await watchQueries(home, "--json");

    await ask(home, "web.login.test");
    await ask(home, "other.example");
    await untilWritten(first, /other\.example/);
    await untilWritten(second, /other\.example/);
    for (const run of [first, second]) run.interrupt();

    assert.deepEqual([await first.ended, await second.ended], [130, 130]);
    const [local, foreign] = first.output.stdout.split("\n");
    assert.match(local ?? "", line);
    assert.match(foreign ?? "", / other\.example A SERVFAIL server \d+\.\d\d ms$/);
    const entries = second.output.stdout
      .trimEnd()
      .split("\n")
      .map((written) => JSON.parse(written));
    assert.deepEqual(
      entries.map(({ schema, type, name, recordType, rcode, source }) => [
        schema,
        type,
        name,
        recordType,
        rcode,
        source,
      ]),
      [
        [1, "query", "web.login.test", "A", "NOERROR", "zone"],
        [1, "query", "other.example", "A", "SERVFAIL", "server"],
      ],
    );
  });

  test("tells the one who stays when the other leaves", async () => {
    await using home = await createHome(makeState([login]));
    await using _ = await startDaemon(home);
    const [first, second] = [await watchQueries(home), await watchQueries(home)];

    first.interrupt();
    await first.ended;
    await ask(home, "web.login.test");

    await untilWritten(second, /web\.login\.test/);
    second.interrupt();
    await second.ended;
  });

  test("writes queries nowhere by default, and to the log with --log-queries, which then shows the last ones", async () => {
    for (const logQueries of [false, true]) {
      const written: string[] = [];
      const log: Logger = { ...silentLogger, info: (_, message) => written.push(message) };
      await using home = await createHome(makeState([login]));
      await using _ = await startDaemon(home, { logQueries }, log);
      await ask(home, "web.login.test");

      const run = await watchQueries(home);
      if (logQueries) await untilWritten(run, /web\.login\.test A NOERROR/);
      run.interrupt();
      await run.ended;
      const own = await runCli(["dns", "logs"], home);

      assert.equal(written.includes("query"), logQueries);
      assert.equal(run.output.stdout.includes("web.login.test"), logQueries);
      assert.doesNotMatch(own.stdout, /web\.login\.test/);
    }
  });

  test("a watcher that stands still is told how much it missed, and the daemon answers on", {
    timeout: 60_000,
  }, async () => {
    await using home = await createHome(makeState([login]));
    await using daemon = await startDaemon(home);
    const run = beginCli(["dns", "logs", "--queries", "--json"], home, { isRead: false });
    const isWatching = () => (run.output.stderr.includes("watching queries") ? true : null);
    assert.ok(await waitFor(isWatching, { timeoutMs: 10_000 }));

    await askManyTimes(daemon, 12_000);
    let text = "";
    run.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    const dropped = () => /"type":"dropped","count":(\d+)/.exec(text)?.[1] ?? null;
    const count = Number(await waitFor(dropped, { timeoutMs: 20_000 }));
    const allTold = () => (text.match(/"type":"query"/g)?.length === 12_000 - count ? true : null);
    const isComplete = await waitFor(allTold, { timeoutMs: 10_000 });
    run.interrupt();
    await run.ended;

    assert.ok(count > 0);
    assert.ok(isComplete, `${count} dropped, ${text.match(/"type":"query"/g)?.length} told`);
  });
});

describe("cilo dns logs without a daemon", () => {
  test("shows the end of what the last one wrote, and says so", async () => {
    await using home = await createHome();
    const path = join(home.paths.logs, "daemon.log");
    await mkdir(home.paths.logs);
    await writeFile(
      path,
      '{"level":30,"time":"2026-11-20T12:00:00.000Z","pid":7,"msg":"stopping"}\ncilo: a last word\n',
    );

    const shown = await runCli(["dns", "logs"], home);
    const followed = await runCli(["dns", "logs", "--follow", "--tail", "1"], home);

    assert.deepEqual(
      [shown.exitCode, shown.stdout],
      [0, "2026-11-20T12:00:00.000Z info  stopping\ncilo: a last word\n"],
    );
    assert.match(shown.stderr, new RegExp(`^no DNS server runs; so ends ${path}, written 20\\d\\d-`));
    assert.deepEqual([followed.exitCode, followed.stdout], [3, "cilo: a last word\n"]);
    assert.match(followed.stderr, /no DNS server runs that could be followed \[CILO_DAEMON_NOT_RUNNING\]/);
  });

  test("ends with 3 when there was none", async () => {
    await using home = await createHome();

    const { exitCode, stderr } = await runCli(["dns", "logs"], home);

    assert.equal(exitCode, 3);
    assert.match(stderr, /no DNS server runs \[CILO_DAEMON_NOT_RUNNING\]/);
  });
});

test("a daemon of an older cilo that knows no logs is said to be one", async () => {
  await using home = await createHome();
  await mkdir(home.paths.run);
  const old = createServer((socket) => {
    const error = { code: "CILO_DAEMON_PROTOCOL", message: 'Expected "status" but received "logs"', hint: null };
    socket.on("data", () => socket.end(`${JSON.stringify({ protocol: 1, ok: false, error })}\n`));
  });
  await new Promise<void>((resolve) => old.listen(home.paths.socket, resolve));
  try {
    for (const args of [["logs"], ["query", "web.login.test", "--trace"]]) {
      const { exitCode, stderr } = await runCli(["dns", ...args], home);

      assert.equal(exitCode, 3);
      assert.match(
        stderr,
        /the running daemon is of another version of cilo \[CILO_DAEMON_PROTOCOL\]\nhint: restart it/,
      );
    }
  } finally {
    old.close();
  }
});
