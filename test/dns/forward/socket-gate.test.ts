import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { waitFor } from "../../../src/base/wait.ts";
import { createSocketGate } from "../../../src/dns/forward/socket-gate.ts";

const never = new AbortController().signal;

test("one server's tasks take three quarters of the room, in the order they came", async () => {
  const gate = createSocketGate({ limit: 4, perTurn: 100 });
  const order: number[] = [];
  let running = 0;
  let most = 0;

  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      gate.run(
        "one",
        async () => {
          order.push(index);
          running += 1;
          most = Math.max(most, running);
          await nextTurn();
          running -= 1;
        },
        never,
      ),
    ),
  );

  assert.equal(most, 3);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("no more than so many begin in one turn of the event loop", async () => {
  const gate = createSocketGate({ limit: 100, perTurn: 4 });
  let begun = 0;
  const tasks = Array.from({ length: 10 }, () =>
    gate.run(
      "one",
      async () => {
        begun += 1;
      },
      never,
    ),
  );

  const atOnce = begun;
  await Promise.resolve();
  const beforeNextTurn = begun;
  await Promise.all(tasks);

  assert.deepEqual([atOnce, beforeNextTurn, begun], [4, 4, 10]);
});

test("a task that is given up while it waits never runs, and does not hold up those behind it", async () => {
  const gate = createSocketGate({ limit: 1, perTurn: 100 });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const first = gate.run("one", () => mayEnd, never);
  const givenUp = new AbortController();
  const second = gate.run("one", () => assert.fail("it ran"), givenUp.signal);
  const third = gate.run("one", async () => "done", never);

  givenUp.abort(new Error("too late"));
  end();

  await assert.rejects(second, /too late/);
  assert.equal(await third, "done");
  await first;
});

test("a task that fails makes room", async () => {
  const gate = createSocketGate({ limit: 1, perTurn: 100 });

  await assert.rejects(
    gate.run(
      "one",
      async () => {
        throw new Error("no socket");
      },
      never,
    ),
    /no socket/,
  );

  assert.equal(await waitFor(() => gate.run("one", async () => "done", never), { timeoutMs: 1_000 }), "done");
});

test("tasks for a server that never answers leave room for those of others", async () => {
  const gate = createSocketGate({ limit: 512, perTurn: 1_000 });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  let held = 0;
  const dead = Array.from({ length: 1_000 }, () =>
    gate.run(
      "dead",
      () => {
        held += 1;
        return mayEnd;
      },
      never,
    ),
  );

  const answers = await Promise.all(Array.from({ length: 96 }, () => gate.run("good", async () => "done", never)));

  assert.equal(held, 384);
  assert.equal(answers.length, 96);
  end();
  await Promise.all(dead);
  assert.equal(held, 1_000);
});

test("tasks for many servers take turns", async () => {
  const gate = createSocketGate({ limit: 100, perTurn: 2 });
  const order: string[] = [];
  const run = (server: string) =>
    gate.run(
      server,
      async () => {
        order.push(server);
      },
      never,
    );

  await Promise.all([..."aaaaabb"].map(run));

  assert.equal(order.join(""), "aaababa");
});
