import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { UpstreamHealth } from "../../src/control/daemon-status.ts";
import { upstreamsCheck } from "../../src/doctor/upstreams-check.ts";
import { makeDaemon, makeSurvey, toLines } from "./survey.ts";

const good: UpstreamHealth = {
  server: "192.0.2.1:53",
  rttMs: 11.6,
  queries: 9,
  failures: 1,
  state: "good",
  lastFailure: "x",
};
const bad: UpstreamHealth = {
  server: "192.0.2.2:53",
  rttMs: null,
  queries: 4,
  failures: 4,
  state: "backing-off",
  lastFailure: "no reply in 2000 ms",
};

function check(servers: string[], upstreams: UpstreamHealth[]): Promise<string[]> {
  const daemon = makeDaemon({
    upstreams: { servers, source: "/etc/resolv.conf", leftOut: [], routes: [] },
    forwarding: { upstreams } as never,
  });
  return upstreamsCheck.run(makeSurvey({ daemon: async () => daemon })).then(toLines);
}

describe("the check of upstreams", () => {
  test("says that it needs a DNS server", async () => {
    assert.deepEqual(toLines(await upstreamsCheck.run(makeSurvey())), ["info: not checked, as no DNS server runs"]);
  });

  test("names the servers that other names go to, with their time once it is known", async () => {
    assert.deepEqual(await check(["192.0.2.1:53"], [good]), ["ok: other names go to 192.0.2.1:53 (12 ms)"]);
    assert.deepEqual(await check(["192.0.2.1:53"], []), ["ok: other names go to 192.0.2.1:53"]);
  });

  test("warns when there are none", async () => {
    assert.deepEqual(await check([], []), [
      "warning: there is no server to forward other names to (/etc/resolv.conf) -> cilo dns status",
    ]);
  });

  test("warns of one that fails beside one that answers", async () => {
    assert.deepEqual(await check(["192.0.2.1:53", "192.0.2.2:53"], [good, bad]), [
      "ok: other names go to 192.0.2.1:53 (12 ms)",
      "warning: 192.0.2.2:53 failed 4 of 4 times (no reply in 2000 ms); others answer in its place -> cilo dns status",
    ]);
  });

  test("says when none answers", async () => {
    assert.deepEqual(await check(["192.0.2.2:53"], [bad]), [
      "warning: none of the servers for other names answers: 192.0.2.2:53 failed 4 of 4 times (no reply in 2000 ms) -> cilo dns status",
    ]);
  });
});
