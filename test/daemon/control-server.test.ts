import assert from "node:assert/strict";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { silentLogger } from "../../src/base/log.ts";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { type ControlReply, maxLineBytes, parseReply, protocolVersion } from "../../src/control/messages.ts";
import { type ControlHandler, type ControlServer, startControlServer } from "../../src/daemon/control-server.ts";

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

async function start(handle: (request: { type: string }) => unknown = () => ({ pid: 7 })): Promise<void> {
  server = await startControlServer({ paths, handle: handle as ControlHandler, log: silentLogger });
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
