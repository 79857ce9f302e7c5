import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toOutcome } from "../../../src/controller/verify-isolation/outcome.ts";

describe("toOutcome", () => {
  for (const [exitCode, message, outcome] of [
    [0, "", "open"],
    [0, "Connection to 10.0.0.1 80 port [tcp/http] succeeded!", "open"],
    [1, "nc: can't connect to remote host (10.224.0.11): Connection refused", "refused"],
    [1, "ECONNREFUSED", "refused"],
    [1, "curl: (7) Failed to connect to 10.0.0.1 port 81: Connection refused", "refused"],
    [1, "nc: connect to 10.0.0.1 port 80 (tcp) failed: No route to host", "unreachable"],
    [1, "bash: connect: Network is unreachable", "unreachable"],
    [1, "nc: timed out", "silent"],
    [1, "nc: connect to 10.0.0.1 port 80 (tcp) timed out: Operation now in progress", "silent"],
    [1, "Ncat: TIMEOUT.", "silent"],
    [1, "curl: (28) Connection timed out after 2001 milliseconds", "silent"],
    [1, "curl: (28) Failed to connect to 10.0.0.1 port 80 after 2002 ms: Timeout was reached", "silent"],
    [124, "", "silent"],
    [143, "Terminated", "silent"],
    [1, "nc: invalid option -- 'v' Usage: nc [OPTIONS] HOST PORT -w SEC Connect timeout", "unknown"],
    [127, "sh: nc: not found", "unknown"],
  ] as const) {
    test(`${exitCode} and ${JSON.stringify(message)} is ${outcome}`, () => {
      assert.equal(toOutcome(exitCode, message), outcome);
    });
  }
});
