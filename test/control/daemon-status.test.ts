import assert from "node:assert/strict";
import { test } from "node:test";
import { completeStatus } from "../../src/control/daemon-status.ts";

const oldest = {
  pid: 7,
  startedAt: "2026-11-20T12:00:00.000Z",
  version: "0.1.0",
  address: "127.0.0.1",
  port: 5354,
  revision: 5,
  serial: 9,
  environments: 1,
  engine: { connected: true, endpoint: "unix:///engine.sock", message: null },
  upstreams: { servers: ["192.168.1.1:53"], source: "/etc/resolv.conf", leftOut: [] },
  warnings: [],
};

test("a status of the first version has all that a later one says, and nothing counted", () => {
  const status = completeStatus(oldest);

  assert.deepEqual(status.upstreams, { ...oldest.upstreams, routes: [] });
  assert.deepEqual([status.allow, status.logQueries, status.forwarding.upstreams], [[], false, []]);
  assert.equal(status.counters.local, 0);
});

test("what is said stays, field by field", () => {
  const counters = { received: { udp: 3, tcp: 1 }, answered: 4 };

  const status = completeStatus({ ...oldest, allow: ["10.0.0.0/8"], counters: counters as never });

  assert.deepEqual(status.allow, ["10.0.0.0/8"]);
  assert.deepEqual(status.counters.received, { udp: 3, tcp: 1 });
  assert.deepEqual(status.counters.results, {});
  assert.deepEqual(completeStatus(status), status);
});
