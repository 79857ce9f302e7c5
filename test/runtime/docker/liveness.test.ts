import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { waitFor } from "../../../src/base/wait.ts";
import { openConnection } from "../../../src/runtime/docker/connection.ts";
import { findSilence, watchLiveness } from "../../../src/runtime/docker/liveness.ts";
import { startFakeEngine } from "../../support/fake-engine.ts";

const timeoutMs = 20_000;
const times = { intervalMs: 5, answerTimeoutMs: 100, maxSilences: 3 };

/** @param answer called with the number of the question, from 1 on. */
async function startAsked(answer: (response: ServerResponse, nth: number) => void) {
  const asked: string[] = [];
  const engine = await startFakeEngine((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(response, asked.length);
  });
  return { engine, asked, connection: await openConnection(engine.endpoint, {}) };
}

describe("watchLiveness", () => {
  test("finds an engine lost that leaves several questions in a row without an answer", async () => {
    const { engine, asked, connection } = await startAsked(() => {});
    await using _engine = engine;
    using watch = watchLiveness(connection, times);

    await waitFor(() => (watch.signal.aborted ? true : null), { timeoutMs, intervalMs: 5 });

    assert.ok(watch.signal.reason instanceof CiloError);
    assert.equal(watch.signal.reason.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(watch.signal.reason.message, /did not answer in time/);
    assert.deepEqual(asked, ["GET /_ping", "GET /_ping", "GET /_ping"]);
  });

  test("takes any answer for a sign of life, and begins to count anew after one", async () => {
    const { engine, asked, connection } = await startAsked((response, nth) => {
      if (nth % 3 === 0) response.writeHead(500).end("x".repeat(100_000));
      else response.destroy();
    });
    await using _engine = engine;
    using watch = watchLiveness(connection, times);

    const many = await waitFor(() => (asked.length > 12 ? true : null), { timeoutMs, intervalMs: 5 });

    assert.ok(many);
    assert.equal(watch.signal.aborted, false);
  });

  test("asks no more once it is disposed of", async () => {
    const { engine, asked, connection } = await startAsked((response) => response.end("OK"));
    await using _engine = engine;
    const watch = watchLiveness(connection, times);
    await waitFor(() => (asked.length > 1 ? true : null), { timeoutMs, intervalMs: 5 });

    watch[Symbol.dispose]();

    const { length } = asked;
    await findSilence(connection);
    assert.ok(asked.length <= length + 2, `${asked.length} after ${length}`);
  });
});

describe("findSilence", () => {
  test("finds none where an answer comes, whatever it is", async () => {
    const { engine, connection } = await startAsked((response) => response.writeHead(404).end());
    await using _engine = engine;

    assert.equal(await findSilence(connection), null);
  });

  test("asks also after an interruption", async () => {
    const { engine, connection } = await startAsked((response) => response.end("OK"));
    await using _engine = engine;
    const patience = { ...connection.patience, signal: AbortSignal.abort() };

    assert.equal(await findSilence({ ...connection, patience }), null);
  });

  test("says why there is no answer", async () => {
    const connection = await openConnection("unix:///nonexistent/engine.sock", {});

    assert.match(String(await findSilence(connection)), /there is no such socket/);
  });
});
