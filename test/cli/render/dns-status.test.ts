import assert from "node:assert/strict";
import { test } from "node:test";
import { renderDaemonStatus } from "../../../src/cli/render/dns-status.ts";
import type { DaemonStatus } from "../../../src/control/daemon-status.ts";

const status: DaemonStatus = {
  pid: 7,
  startedAt: "2026-11-20T12:00:00.000Z",
  version: "1.2.3",
  address: "0.0.0.0",
  port: 5354,
  allow: ["192.168.1.0/24"],
  logQueries: true,
  revision: 5,
  serial: 9,
  environments: 2,
  engine: { connected: true, endpoint: "unix:///engine.sock", message: null },
  upstreams: {
    servers: ["192.168.1.1:53"],
    source: "/etc/resolv.conf",
    leftOut: [{ server: "127.0.0.1:5354", reason: "it is cilo itself" }],
    routes: [{ domain: "corp.example", servers: ["10.8.0.1:53", "10.8.0.2:53"] }],
  },
  forwarding: {
    inFlight: 1,
    coalesced: 4,
    cache: { entries: 3, bytes: 1_500, hits: 6, misses: 3, stale: 1 },
    upstreams: [
      { server: "192.168.1.1:53", rttMs: 12.34, queries: 9, failures: 0, state: "good", lastFailure: null },
      { server: "10.8.0.1:53", rttMs: null, queries: 3, failures: 3, state: "backing-off", lastFailure: "SERVFAIL" },
    ],
  },
  counters: {
    received: { udp: 20, tcp: 1 },
    results: { noerror: 12, nxdomain: 4, nodata: 4 },
    local: 10,
    forwarded: 3,
    cacheHits: 6,
    stale: 1,
    dropped: 2,
    refusedClients: 1,
    faults: 1,
    inFlight: 1,
    tcpConnections: 0,
  },
  warnings: ["shop.example.dev is asked for twice"],
};

test("shows who is answered, what was asked, how the upstreams do, and what is odd", () => {
  assert.equal(
    renderDaemonStatus(status),
    [
      "listening     0.0.0.0:5354 (pid 7, since 2026-11-20T12:00:00.000Z)",
      "clients       this machine, 192.168.1.0/24",
      "state         revision 5, 2 environments, serial 9",
      "engine        following unix:///engine.sock",
      "queries       21 (20 by UDP, 1 by TCP): 12 noerror, 4 nodata, 4 nxdomain",
      "answered      10 from the zone, 6 from the cache, 1 from the cache past their time, 3 by upstreams, 1 waiting",
      "cache         67 % of 9 hit, 3 entries, 2 KiB, 4 asked together with another",
      "not answered  1 of clients that may not ask, 2 were no queries, 1 met a fault in cilo",
      "upstreams     192.168.1.1:53 (/etc/resolv.conf)",
      "route         corp.example to 10.8.0.1:53, 10.8.0.2:53",
      "left out      127.0.0.1:5354: it is cilo itself",
      'log           every query; see them with "cilo dns logs --queries"',
      "warning       shop.example.dev is asked for twice",
      "",
      "UPSTREAM        STATE        RTT      QUERIES  FAILURES  LAST FAILURE",
      "192.168.1.1:53  good         12.3 ms  9        0         -",
      "10.8.0.1:53     backing-off  -        3        3         SERVFAIL",
      "",
    ].join("\n"),
  );
});

test("writes an IPv6 address so that its port is not part of it", () => {
  assert.match(renderDaemonStatus({ ...status, address: "::1" }), /^listening +\[::1\]:5354 \(/m);
});

test("says so when there is no upstream and nothing was asked yet", () => {
  const quiet: DaemonStatus = {
    ...status,
    upstreams: { servers: [], source: "none", leftOut: [], routes: [] },
    forwarding: { ...status.forwarding, cache: { entries: 0, bytes: 0, hits: 0, misses: 0, stale: 0 }, upstreams: [] },
  };

  const text = renderDaemonStatus(quiet);

  assert.match(text, /^upstreams +none \(none\)$/m);
  assert.match(text, /^cache +nothing asked of it yet, 0 entries, 0 KiB/m);
  assert.doesNotMatch(text, /UPSTREAM /);
});
