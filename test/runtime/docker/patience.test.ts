import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../../src/base/errors.ts";
import { defaultPatience, limitRequest } from "../../../src/runtime/docker/patience.ts";

const endpoint = "unix:///run/d.sock";
const hour = 3_600_000;

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

describe("limitRequest", () => {
  test("ends a request after its time, for want of an answer", async () => {
    const limit = limitRequest({ endpoint, patience: defaultPatience }, { timeoutMs: 1 });
    // Keeps the process alive: the limit's own timer does not.
    const keeper = setTimeout(() => {}, hour);

    await until(limit.signal);

    clearTimeout(keeper);
    const reason = limit.toReason(new Error("aborted"));
    assert.ok(reason instanceof CiloError);
    assert.equal(reason.code, "CILO_ENGINE_UNREACHABLE");
    assert.match(reason.message, /did not answer in time/);
  });

  test("ends what is under way when the user wants no more, with the interruption as its reason", () => {
    const user = new AbortController();
    const limit = limitRequest(
      { endpoint, patience: { ...defaultPatience, signal: user.signal } },
      { timeoutMs: hour },
    );

    user.abort();

    assert.ok(limit.signal.aborted);
    assert.equal(limit.toReason(new Error("aborted")), user.signal.reason);
  });

  test("lets what is begun after an interruption tidy up", () => {
    const patience = { ...defaultPatience, signal: AbortSignal.abort() };

    const limit = limitRequest({ endpoint, patience }, { timeoutMs: hour });

    assert.equal(limit.signal.aborted, false);
    assert.equal(limit.toReason("refused"), "refused");
  });

  test("ends a request when the engine is found not to answer anybody", () => {
    const lost = new AbortController();
    const limit = limitRequest({ endpoint, patience: defaultPatience }, { timeoutMs: hour, lost: lost.signal });
    const silence = new CiloError("CILO_ENGINE_UNREACHABLE", "silent");

    lost.abort(silence);

    assert.ok(limit.signal.aborted);
    assert.equal(limit.toReason(new Error("aborted")), silence);
  });

  test("leaves an error of ours as it is", () => {
    const limit = limitRequest({ endpoint, patience: defaultPatience }, { timeoutMs: hour });
    const error = new CiloError("CILO_ENGINE_REQUEST_FAILED", "refused");

    assert.equal(limit.toReason(error), error);
  });
});
