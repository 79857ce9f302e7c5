import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { waitFor } from "../../../src/base/wait.ts";
import { encodeFrame } from "../../../src/dns/wire/frames.ts";
import { type Client, listen, query, untilConnections } from "./listening.ts";

/** Writes again and again until the connection is closed, at the latest for ten seconds. */
async function writeUntilClosed({ socket }: Client, chunks: Iterable<Buffer>, pauseMs: number): Promise<number> {
  let count = 0;
  const end = performance.now() + 10_000;
  for (const chunk of chunks) {
    if (socket.closed || performance.now() > end) break;
    socket.write(chunk);
    count += 1;
    await delay(pauseMs);
  }
  return count;
}

test("73: an idle connection is closed whole at the deadline, though the client keeps its side open", async () => {
  await using listening = await listen({ limits: { deadlineMs: 200 } });
  const { socket } = await listening.connect();
  socket.allowHalfOpen = true;
  const started = performance.now();

  await once(socket, "end", { signal: AbortSignal.timeout(5_000) });
  const elapsedMs = performance.now() - started;

  assert.ok(elapsedMs > 150, `${elapsedMs} ms`);
  assert.equal(await untilConnections(listening, 0), 0);
});

test("73: a connection on which queries come in time stays", async () => {
  await using listening = await listen({ limits: { deadlineMs: 1_000 } });
  const client = await listening.connect();

  // Two and a half times the deadline in all.
  await writeUntilClosed(
    client,
    Array.from({ length: 25 }, () => query),
    100,
  );

  assert.equal(client.socket.closed, false);
  assert.equal(client.received().length, 25 * query.length);
});

test("74: a query that comes in drops has until the deadline as a whole, from its first octet", async () => {
  await using listening = await listen({ limits: { deadlineMs: 500 } });
  const client = await listening.connect();
  const octets = [...encodeFrame(Buffer.alloc(4_000))].map((octet) => Buffer.from([octet]));

  const count = await writeUntilClosed(client, octets, 20);

  assert.ok(count > 5 && count < 500, `${count} octets`);
  assert.equal(client.received().length, 0);
});

test("74: the clock of a partial query starts anew after a whole one", async () => {
  await using listening = await listen({ limits: { deadlineMs: 1_000 } });
  const client = await listening.connect();
  const stream = Buffer.concat(Array.from({ length: 10 }, () => query));
  // Every write ends one query and begins the next, so that at each moment there is a partial one.
  const chunks = Array.from({ length: 20 }, (_, index) => stream.subarray(4 + index * 4, 8 + index * 4));
  client.socket.write(stream.subarray(0, 4));

  await writeUntilClosed(client, chunks, 100);

  assert.equal(client.socket.closed, false);
});

test("75: beyond the limit the connection that has been idle longest makes room", async () => {
  await using listening = await listen({ limits: { connections: 3 } });
  const [first, second, third] = [await listening.connect(), await listening.connect(), await listening.connect()];
  await untilConnections(listening, 3);
  first.socket.write(query);
  await waitFor(() => (first.received().length > 0 ? true : null), { timeoutMs: 5_000 });

  const fourth = await listening.connect();
  await second.closed;
  fourth.socket.write(query);
  await waitFor(() => (fourth.received().length > 0 ? true : null), { timeoutMs: 5_000 });

  assert.deepEqual(fourth.received(), query);
  assert.deepEqual(
    [first, third, fourth].map(({ socket }) => socket.closed),
    [false, false, false],
  );
  assert.equal(listening.listener.connectionCount(), 3);
});

test("75: where all are waiting for answers the new one is closed instead", async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let asked = 0;
  const handle = () => {
    asked += 1;
    return promise;
  };
  await using listening = await listen({ limits: { connections: 2 }, handle });
  const clients = [await listening.connect(), await listening.connect()];
  for (const { socket } of clients) socket.write(query);
  await waitFor(() => (asked === 2 ? true : null), { timeoutMs: 5_000 });

  await (await listening.connect()).closed;
  resolve(Buffer.from("an answer"));
  await waitFor(() => (clients.every(({ received }) => received().length > 0) ? true : null), { timeoutMs: 5_000 });

  assert.deepEqual(
    clients.map(({ received }) => received().toString("latin1", 2)),
    ["an answer", "an answer"],
  );
});

test("a thousand connections that begin a query and go silent keep nobody from being answered", async () => {
  await using listening = await listen();
  for (let index = 0; index < 1_000; index += 1) (await listening.connect()).socket.write(query.subarray(0, 3));

  const client = await listening.connect();
  client.socket.write(query);
  await waitFor(() => (client.received().length > 0 ? true : null), { timeoutMs: 5_000 });

  assert.deepEqual(client.received(), query);
  assert.equal(listening.listener.connectionCount(), 256);
});

test("a client that asks without end and reads nothing is read no further, and cut off at the deadline", async () => {
  const replyBytes = 60_000;
  let asked = 0;
  const handle = () => {
    asked += 1;
    return Buffer.alloc(replyBytes);
  };
  await using listening = await listen({ limits: { deadlineMs: 1_000 }, handle });
  const client = await listening.connect();
  client.socket.pause();

  client.socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => query)));
  await waitFor(() => (asked > 0 ? true : null), { timeoutMs: 5_000 });

  assert.equal(await untilConnections(listening, 0), 0);
  // What the buffers of the two sockets take is some megabytes; all answers would have been six thousand.
  assert.ok(asked * replyBytes < 64 * 1024 * 1024, `${asked} answered`);
});

test("a client that reads nothing is cut off when replies that were long in coming pile up", async () => {
  const releases: (() => void)[] = [];
  const handle = async () => {
    await new Promise<void>((resolve) => releases.push(resolve));
    return Buffer.alloc(60_000);
  };
  await using listening = await listen({ handle });
  const client = await listening.connect();
  client.socket.pause();
  client.socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => query)));
  await waitFor(() => (releases.length === 1_000 ? true : null), { timeoutMs: 5_000 });

  for (const release of releases) release();

  // Long before the deadline of ten seconds.
  assert.equal(await untilConnections(listening, 0), 0);
});

for (const { title, clients, replyBytes } of [
  { title: "that a crowd of clients sends", clients: 40, replyBytes: 9 },
  { title: "whose replies the system takes at once", clients: 1, replyBytes: 2_000 },
]) {
  test(`queries ${title} are answered a few in each turn of the event loop`, async () => {
    const each = 2_000;
    let inTurn = 0;
    let most = 0;
    const handle = () => {
      inTurn += 1;
      return Buffer.alloc(replyBytes);
    };
    await using listening = await listen({ handle });
    const connected: Client[] = [];
    for (let index = 0; index < clients; index += 1) connected.push(await listening.connect());
    const expectedBytes = each * (2 + replyBytes);
    for (const { socket } of connected) socket.write(Buffer.concat(Array.from({ length: each }, () => query)));

    const isDone = () => connected.every(({ received }) => received().length === expectedBytes);
    const end = performance.now() + 10_000;
    for (let turn = 1; performance.now() < end && (turn % 100 !== 0 || !isDone()); turn += 1) {
      await nextTurn();
      most = Math.max(most, inTurn);
      inTurn = 0;
    }

    assert.ok(isDone());
    // Two shares of a turn at the most lie between two looks at the count.
    assert.ok(most > 0 && most <= 256, `${most} in one turn`);
  });
}

test("what a client sends while its connection is being closed is thrown away, not gathered", async () => {
  await using listening = await listen();
  const { socket } = await listening.connect();
  await untilConnections(listening, 1);

  listening.listener.stopReading();
  const closed = listening.listener.close();
  // Joined piece by piece it would take seconds, and the second that a close may last would be over.
  socket.end(Buffer.alloc(64 * 1024 * 1024));
  await once(socket, "finish", { signal: AbortSignal.timeout(5_000) });
  await closed;

  assert.equal(socket.errored, null);
  assert.equal(listening.listener.connectionCount(), 0);
});

test("a client that reads slowly gets all in the end", async () => {
  const replyBytes = 60_000;
  await using listening = await listen({ handle: () => Buffer.alloc(replyBytes) });
  const client = await listening.connect();
  client.socket.pause();
  client.socket.write(Buffer.concat(Array.from({ length: 300 }, () => query)));

  for (let step = 0; step < 5; step += 1) {
    await delay(20);
    client.socket.resume();
    await delay(5);
    client.socket.pause();
  }
  client.socket.resume();
  const expectedBytes = 300 * (2 + replyBytes);
  await waitFor(() => (client.received().length === expectedBytes ? true : null), { timeoutMs: 10_000 });

  assert.equal(client.received().length, expectedBytes);
});

test("a client that may not ask is closed without a word, and takes no place", async () => {
  await using listening = await listen({ isAllowed: () => false });
  const client = await listening.connect();

  client.socket.write(query);
  await client.closed;

  assert.equal(client.received().length, 0);
  assert.equal(listening.listener.connectionCount(), 0);
});

test("who asks is told to whoever answers", async () => {
  const clients: { address: string; port: number }[] = [];
  await using listening = await listen({
    handle: (message, client) => {
      clients.push(client);
      return message;
    },
  });
  const client = await listening.connect();

  client.socket.write(query);
  await waitFor(() => (clients.length > 0 ? true : null), { timeoutMs: 5_000 });

  assert.deepEqual(clients, [{ address: "127.0.0.1", port: client.socket.localPort }]);
});
