import assert from "node:assert/strict";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/log.ts";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { type ControlReply, maxLineBytes, parseReply, protocolVersion } from "../../src/control/messages.ts";
import type { ControlHandler } from "../../src/daemon/control-connection.ts";
import { type ControlServer, startControlServer } from "../../src/daemon/control-server.ts";
import type { FollowHandler } from "../../src/daemon/follow-logs.ts";

let directory: string;
let paths: Paths;
let server: ControlServer | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-control-"));
  paths = resolvePaths({ CILO_HOME: directory });
});
afterEach(async () => {
  await server?.close();
  server = null;
  await rm(directory, { recursive: true });
});

async function start(
  handle: (request: { type: string }) => unknown = () => ({ pid: 7 }),
  follow: FollowHandler = () => assert.fail("nobody asked for logs"),
): Promise<void> {
  server = await startControlServer({ paths, handle: handle as ControlHandler, follow, log: silentLogger });
}

/** Says something on the socket and gives the first `count` replies; fewer when it hangs up. */
async function say(text: string, count = 1): Promise<(ControlReply | null)[]> {
  const socket = connect(paths.socket);
  socket.setEncoding("utf8").on("error", () => {});
  socket.write(text);
  let received = "";
  for await (const chunk of socket) {
    received += chunk;
    if (received.split("\n").length > count) break;
  }
  return received.split("\n").slice(0, -1).map(parseReply);
}

/** The next lines of a connection that goes on. */
async function readLines(socket: Socket, count: number): Promise<string[]> {
  let received = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += chunk;
    if (received.split("\n").length > count) break;
  }
  return received.split("\n").slice(0, count);
}

function line(request: unknown, protocol = protocolVersion): string {
  return `${JSON.stringify({ protocol, request })}\n`;
}

describe("the control server", () => {
  test("answers each line with one, also when several come at once", async () => {
    await start(({ type }) => ({ type }));

    const replies = await say(line({ type: "status" }) + line({ type: "stop" }), 2);

    assert.deepEqual(replies, [
      { protocol: protocolVersion, ok: true, result: { type: "status" } },
      { protocol: protocolVersion, ok: true, result: { type: "stop" } },
    ]);
  });

  test("answers status and stop in any version of the protocol, and refuses the rest", async () => {
    await start();
    const withdraw = { type: "withdraw", revision: 1, environmentId: "1" };

    for (const type of ["status", "stop"]) {
      const [reply] = await say(line({ type }, protocolVersion + 41));
      assert.equal(reply?.ok, true, type);
    }
    const [refused] = await say(line(withdraw, protocolVersion + 41));

    assert.ok(refused?.ok === false);
    assert.equal(refused.error.code, "CILO_DAEMON_PROTOCOL");
  });

  test("answers in the order of the lines, also what takes its time, and whoever says no more", async () => {
    const slow = Promise.withResolvers<unknown>();
    await start(({ type }) => (type === "status" ? slow.promise : { type }));
    const socket = connect({ path: paths.socket, allowHalfOpen: true });
    socket.setEncoding("utf8");

    socket.end(line({ type: "status" }) + line({ type: "stop" }));
    setImmediate(() => slow.resolve({ type: "status" }));
    let received = "";
    for await (const chunk of socket) received += chunk;

    const replies = received.trimEnd().split("\n").map(parseReply);
    assert.deepEqual(
      replies.map((reply) => reply?.ok && reply.result),
      [{ type: "status" }, { type: "stop" }],
    );
  });

  test("says what is wrong with a request that it does not know", async () => {
    await start();

    const [reply] = await say(line({ type: "reboot" }));

    assert.ok(reply?.ok === false);
    assert.equal(reply.error.code, "CILO_DAEMON_PROTOCOL");
  });

  test("tells why a request failed, and a bug as one, and goes on", async () => {
    const failures = [new CiloError("CILO_LOCKED", "held", { hint: "wait" }), new TypeError("undefined is not")];
    await start(() => {
      throw failures.shift();
    });

    const [locked] = await say(line({ type: "status" }));
    const [bug] = await say(line({ type: "status" }));

    assert.ok(locked?.ok === false);
    assert.deepEqual(locked.error, { code: "CILO_LOCKED", message: "held", hint: "wait" });
    assert.ok(bug?.ok === false);
    assert.equal(bug.error.code, "CILO_BUG");
  });

  test("hangs up on who does not come to the end of a line", async () => {
    await start();

    assert.deepEqual(await say("x".repeat(maxLineBytes + 1)), []);
  });

  test("writes down where it listens and who it is, and takes all of it along", async () => {
    await start();
    assert.equal(await readFile(paths.socketPointer, "utf8"), `${paths.socket}\n${process.pid}\n`);
    assert.equal((await stat(paths.socket)).mode & 0o777, 0o600);

    await server?.close();

    await assert.rejects(access(paths.socketPointer), { code: "ENOENT" });
    await assert.rejects(access(paths.socket), { code: "ENOENT" });
  });

  test("closes at once although somebody keeps a connection open", { timeout: 10_000 }, async () => {
    await start();
    const idle = connect({ path: paths.socket, allowHalfOpen: true });
    idle.on("error", () => {});
    await once(idle, "connect");
    await say(line({ type: "status" }));

    await server?.close();

    idle.destroy();
  });

  test("takes the place of a socket that a killed daemon left", async () => {
    await mkdir(paths.run);
    await writeFile(paths.socket, "");

    await start();

    assert.equal((await say(line({ type: "status" })))[0]?.ok, true);
  });

  const obstacles: [string, (what: { run: string; socket: string; pointer: string }) => Promise<unknown>][] = [
    ["a directory where the socket goes", ({ socket }) => mkdir(socket, { recursive: true })],
    ["a file where its directory goes", ({ run }) => writeFile(run, "")],
    ["a directory where the pointer goes", ({ pointer }) => mkdir(join(pointer, "x"), { recursive: true })],
  ];
  for (const [what, put] of obstacles) {
    test(`cannot listen with ${what}, and says what to do`, async () => {
      await put({ run: paths.run, socket: paths.socket, pointer: paths.socketPointer });

      await assert.rejects(start(), (error: unknown) => {
        assert.ok(error instanceof CiloError);
        assert.equal(error.code, "CILO_LISTEN_FAILED");
        assert.match(error.hint ?? "", /^run "ls -ld /);
        return true;
      });
    });
  }
});

describe("log lines on the control socket", () => {
  const logs = { type: "logs", queries: false, tail: 5, follow: true };

  test("follow the reply, and end with a last word when the daemon stops", async () => {
    await start(undefined, (request, sender) => {
      sender.send(() => `{"asked":${JSON.stringify(request)}}`);
      return (reason) => sender.end(`{"reason":"${reason}"}`);
    });
    const socket = connect(paths.socket).setEncoding("utf8");
    socket.write(line(logs));
    const [reply, first] = await readLines(socket, 2);

    const [last] = await Promise.all([readLines(socket, 1), server?.close()]);

    assert.deepEqual(JSON.parse(reply ?? ""), { protocol: protocolVersion, ok: true, result: {} });
    assert.deepEqual(JSON.parse(first ?? ""), { asked: logs });
    assert.deepEqual(last, ['{"reason":"stopping"}']);
  });

  for (const [how, leave] of [
    ["hangs up", (socket: Socket) => socket.destroy()],
    ["says no more", (socket: Socket) => socket.end()],
  ] as const) {
    test(`end when the reader ${how}, without a word`, async () => {
      const ended = Promise.withResolvers<string | null>();
      await start(undefined, () => ended.resolve);
      const socket = connect(paths.socket).setEncoding("utf8");
      socket.on("error", () => {});
      socket.write(line(logs));
      await readLines(socket, 1);

      leave(socket);

      assert.equal(await ended.promise, null);
    });
  }

  test("a reader that stands still does not keep the daemon from ending", { timeout: 20_000 }, async () => {
    await start(undefined, (_, sender) => {
      for (let count = 0; count < 2_000; count += 1) sender.send(() => "x".repeat(1_000));
      return () => sender.end("{}");
    });
    const socket = connect(paths.socket);
    socket.on("error", () => {});
    socket.write(line(logs));
    await once(socket, "readable");

    await server?.close();

    socket.destroy();
  });
});

describe("a control socket outside CILO_HOME", () => {
  beforeEach(() => {
    paths = { ...paths, socket: join(directory, "elsewhere", "cilo.sock") };
  });

  test("lies in a directory of its own that goes with it", async () => {
    await start();
    assert.equal((await stat(join(directory, "elsewhere"))).mode & 0o777, 0o700);

    await server?.close();

    await assert.rejects(access(join(directory, "elsewhere")), { code: "ENOENT" });
  });

  test("leaves the directory when something else is in it, and a runtime directory of the user's in any case", async () => {
    await start();
    await writeFile(join(directory, "elsewhere/other"), "");
    await server?.close();
    await access(join(directory, "elsewhere/other"));

    await mkdir(join(directory, "runtime"), { mode: 0o700 });
    paths = { ...paths, socket: join(directory, "runtime/cilo-0123456789ab.sock") };
    await start();
    await server?.close();

    await access(join(directory, "runtime"));
  });

  test("is not put where others may write", async () => {
    await mkdir(join(directory, "elsewhere"));
    await chmod(join(directory, "elsewhere"), 0o777);

    await assert.rejects(start(), { code: "CILO_LISTEN_FAILED", message: /not this user's alone/ });
  });
});
