import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { LogRecord } from "../../src/control/log-records.ts";
import { maxLineBytes } from "../../src/control/messages.ts";
import { formatSocketPointer } from "../../src/control/socket-pointer.ts";

let directory: string;
let server: Server | null = null;
const open = new Set<Socket>();
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-control-"));
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  server?.close();
  server = null;
  await rm(directory, { recursive: true });
});

/** A client that expects the daemon at a path, and looks for a pointer in the test's directory. */
function clientOf(socket: string, timeoutMs?: number) {
  return createControlClient({ socket, socketPointer: join(directory, "pointer") }, timeoutMs);
}

async function point(socket: string, pid: number): Promise<void> {
  await writeFile(join(directory, "pointer"), formatSocketPointer({ socket, pid }));
}

async function listen(onLine: (socket: Socket) => void): Promise<string> {
  const path = join(directory, "s");
  server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => onLine(socket));
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CiloError && error.code === code;
}

test("gives null when no daemon was ever there, and when one died and left its socket", async () => {
  assert.equal(await clientOf(join(directory, "none")).send({ type: "status" }), null);

  await writeFile(join(directory, "left"), "");
  await point(join(directory, "left"), 1);

  assert.equal(await clientOf(join(directory, "none")).send({ type: "status" }), null);
});

test("finds the daemon where it says it listens, and where it is expected when nobody listens there", async () => {
  const path = await listen((socket) => socket.write('{"protocol":1,"ok":true,"result":{"pid":7}}\n'));
  await point(path, 7);
  assert.deepEqual(await clientOf(join(directory, "none")).send({ type: "stop" }), { pid: 7 });

  await point(join(directory, "gone"), 8);

  assert.deepEqual(await clientOf(path).send({ type: "stop" }), { pid: 7 });
});

test("takes a reply that comes in pieces", async () => {
  const path = await listen((socket) => {
    socket.write('{"protocol":1,"ok":true,');
    setImmediate(() => socket.write('"result":{"pid":7}}\n'));
  });

  assert.deepEqual(await clientOf(path).send({ type: "stop" }), { pid: 7 });
});

test("throws what the daemon reports", async () => {
  const path = await listen((socket) =>
    socket.write('{"protocol":1,"ok":false,"error":{"code":"CILO_LOCKED","message":"held","hint":"wait"}}\n'),
  );

  await assert.rejects(clientOf(path).send({ type: "stop" }), isError("CILO_LOCKED"));
});

test("refuses a daemon of another protocol, except to see and to end it", async () => {
  const path = await listen((socket) => socket.write('{"protocol":99,"ok":true,"result":{"pid":7}}\n'));

  await assert.rejects(
    clientOf(path).send({ type: "withdraw", revision: 1, environmentId: "1" }),
    isError("CILO_DAEMON_PROTOCOL"),
  );
  for (const type of ["status", "stop"] as const) assert.equal((await clientOf(path).send({ type }))?.pid, 7);
});

test("gives up on a daemon that stays silent, and names the process to end", async () => {
  const path = await listen(() => {});

  await assert.rejects(clientOf(path, 50).send({ type: "stop" }), {
    code: "CILO_DAEMON_NO_ACK",
    hint: /^find its process with "lsof .*"cilo dns start --detach"$/,
  });
  await point(path, 4711);

  await assert.rejects(clientOf(path, 50).send({ type: "stop" }), {
    code: "CILO_DAEMON_NO_ACK",
    hint: /^end it with "kill 4711" .*"cilo dns start --detach"$/,
    details: { pid: 4711 },
  });
});

test("gives up on a daemon that hangs up", async () => {
  const path = await listen((socket) => socket.destroy());

  await assert.rejects(clientOf(path).send({ type: "stop" }), isError("CILO_DAEMON_NO_ACK"));
});

test("a daemon that does not know a request is said to be of another version", async () => {
  const path = await listen((socket) =>
    socket.write(
      '{"protocol":1,"ok":false,"error":{"code":"CILO_DAEMON_PROTOCOL","message":"no such type","hint":null}}\n',
    ),
  );

  await assert.rejects(
    clientOf(path).send({ type: "trace", name: "web.login.test", recordType: "A", transport: "udp" }),
    { code: "CILO_DAEMON_PROTOCOL", message: /another version/, hint: /^restart it: run "cilo dns stop"/ },
  );
});

test("completes the status of a daemon that says less", async () => {
  const result = { pid: 7, upstreams: { servers: [], source: "none", leftOut: [] } };
  const path = await listen((socket) => socket.write(`${JSON.stringify({ protocol: 1, ok: true, result })}\n`));

  const status = await clientOf(path).send({ type: "status" });

  assert.deepEqual([status?.pid, status?.allow, status?.upstreams.routes], [7, [], []]);
});

test("gives up on a daemon that never ends its line", async () => {
  const path = await listen((socket) => socket.write("x".repeat(maxLineBytes + 1)));

  await assert.rejects(clientOf(path).send({ type: "stop" }), isError("CILO_DAEMON_PROTOCOL"));
});

describe("log lines", () => {
  const request = { type: "logs", queries: false, tail: 3, follow: true } as const;
  const reply = '{"protocol":1,"ok":true,"result":{}}\n';
  const dropped = { type: "dropped", count: 2 };
  const end = { type: "end", reason: "stopping" };

  async function follow(path: string, signal = new AbortController().signal) {
    const records = await clientOf(path).follow(request, signal);
    assert.ok(records);
    return records;
  }

  async function readAll(records: AsyncIterable<LogRecord>): Promise<LogRecord[]> {
    const all: LogRecord[] = [];
    for await (const record of records) all.push(record);
    return all;
  }

  test("are null when no daemon listens", async () => {
    const { signal } = new AbortController();

    assert.equal(await clientOf(join(directory, "none")).follow(request, signal), null);
  });

  test("come one by one until the last word", async () => {
    const path = await listen((socket) => socket.write(`${reply}${JSON.stringify(dropped)}\n${JSON.stringify(end)}\n`));

    assert.deepEqual(await readAll(await follow(path)), [dropped, end]);
  });

  test("fail when the daemon is gone without a last word", async () => {
    const path = await listen((socket) => socket.end(`${reply}${JSON.stringify(dropped)}\n`));

    await assert.rejects(readAll(await follow(path)), isError("CILO_DAEMON_NOT_RUNNING"));
  });

  test("end when the signal is aborted, and the connection with them", async () => {
    const path = await listen((socket) => socket.write(reply));
    const controller = new AbortController();
    const reading = readAll(await follow(path, controller.signal));
    const [socket] = open;
    assert.ok(socket);

    controller.abort();

    assert.deepEqual(await reading, []);
    if (!socket.destroyed) await once(socket, "close");
  });

  test("are refused by a daemon of another protocol", async () => {
    const path = await listen((socket) => socket.write('{"protocol":99,"ok":true,"result":{}}\n'));

    await assert.rejects(clientOf(path).follow(request, new AbortController().signal), isError("CILO_DAEMON_PROTOCOL"));
  });
});
