import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { createControlClient } from "../../src/control/client.ts";

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

async function listen(onLine: (socket: Socket) => void): Promise<string> {
  const path = join(directory, "s");
  server = createServer((socket) => {
    open.add(socket);
    socket.on("data", () => onLine(socket));
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CiloError && error.code === code;
}

test("gives null when no daemon was ever there, and when one died and left its socket", async () => {
  assert.equal(await createControlClient(join(directory, "none")).send({ type: "status" }), null);
});

test("takes a reply that comes in pieces", async () => {
  const path = await listen((socket) => {
    socket.write('{"protocol":1,"ok":true,');
    setImmediate(() => socket.write('"result":{"pid":7}}\n'));
  });

  assert.deepEqual(await createControlClient(path).send({ type: "stop" }), { pid: 7 });
});

test("throws what the daemon reports", async () => {
  const path = await listen((socket) =>
    socket.write('{"protocol":1,"ok":false,"error":{"code":"CILO_LOCKED","message":"held","hint":"wait"}}\n'),
  );

  await assert.rejects(createControlClient(path).send({ type: "stop" }), isError("CILO_LOCKED"));
});

test("refuses a daemon of another protocol", async () => {
  const path = await listen((socket) => socket.write('{"protocol":99,"ok":true,"result":{}}\n'));

  await assert.rejects(createControlClient(path).send({ type: "stop" }), isError("CILO_DAEMON_PROTOCOL"));
});

test("gives up on a daemon that stays silent, and on one that hangs up", async () => {
  const silent = await listen(() => {});
  await assert.rejects(createControlClient(silent, 50).send({ type: "stop" }), isError("CILO_DAEMON_NO_ACK"));
  server?.close();
  await rm(silent, { force: true });

  const rude = await listen((socket) => socket.destroy());
  await assert.rejects(createControlClient(rude).send({ type: "stop" }), isError("CILO_DAEMON_NO_ACK"));
});
