import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { type EndingSignals, listenForEndingSignals } from "../../src/cli/ending-signals.ts";

interface Listening {
  signals: EndingSignals;
  /** A signal comes this long after the last one. */
  send(signal: NodeJS.Signals, afterMs?: number): void;
  /** Exit codes that this process would have ended with at once. */
  forced: number[];
  source: EventEmitter;
}

function listen(): Listening {
  const source = new EventEmitter();
  const forced: number[] = [];
  let nowMs = 0;
  const signals = listenForEndingSignals({
    source,
    monotonicMs: () => nowMs,
    force: (exitCode) => forced.push(exitCode),
  });
  const send = (signal: NodeJS.Signals, afterMs = 0) => {
    nowMs += afterMs;
    source.emit(signal, signal);
  };
  return { signals, send, forced, source };
}

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`the first ${signal} interrupts what is under way and gives the exit code ${exitCode}`, () => {
    const { signals, send, forced } = listen();

    send(signal);

    assert.equal(signals.signal.aborted, true);
    assert.equal(signals.exitCode(), exitCode);
    assert.deepEqual(forced, []);
  });
}

test("a second one forces the end, with its own code", () => {
  const { send, forced, signals } = listen();

  send("SIGINT");
  send("SIGTERM", 600);

  assert.deepEqual(forced, [143]);
  assert.equal(signals.exitCode(), 130);
});

test("what comes together with the first one forces nothing, however much of it", () => {
  const { send, forced } = listen();

  send("SIGTERM");
  for (let count = 0; count < 3; count += 1) send("SIGTERM", 100);

  assert.deepEqual(forced, []);
});

test("a terminal that is closed forces nothing", () => {
  const { send, forced } = listen();

  send("SIGHUP");
  send("SIGHUP", 2_000);

  assert.deepEqual(forced, []);
});

test("while a program has the terminal the second one is for it, and the third forces the end", () => {
  const { signals, send, forced } = listen();
  signals.leaveToChild();

  send("SIGINT");
  send("SIGINT", 600);
  assert.deepEqual(forced, []);
  send("SIGINT", 600);

  assert.equal(signals.isLeftToChild(), true);
  assert.deepEqual(forced, [130]);
});

test("listens to nothing once it is disposed of", () => {
  const { signals, send, source } = listen();

  signals[Symbol.dispose]();
  send("SIGINT");

  assert.equal(signals.signal.aborted, false);
  assert.deepEqual(source.eventNames(), []);
});
