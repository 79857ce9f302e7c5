import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { createCatalog } from "../../src/daemon/catalog.ts";
import { createQueryLog } from "../../src/daemon/query-log.ts";
import { startNames } from "../../src/daemon/start-names.ts";
import { formatUpstream } from "../../src/dns/upstreams.ts";
import { saying, startFakeUpstream } from "../dns/fake-upstream.ts";
import { message, readHeader } from "../dns/messages.ts";
import { exchangeRaw } from "../dns/running-server.ts";

test("a name that no upstream answers makes the machine's servers be looked at again", async () => {
  await using fake = await startFakeUpstream(saying(5));
  await using names = await startNames({
    decided: {
      port: 0,
      address: "127.0.0.1",
      upstreams: [formatUpstream(fake.upstream)],
      upstreamsSource: "--upstream",
      allow: [],
      logQueries: false,
      blockRebinding: false,
      firefoxCanary: false,
    },
    catalog: createCatalog(1),
    queries: createQueryLog(null),
    log: silentLogger,
  });
  // Each look asks a server of this machine whether it asks us in turn.
  const probes = () => fake.received.filter(({ query }) => query.includes("cilo-loop")).length;
  const untilProbed = (times: number) => waitFor(() => (probes() >= times ? true : null), { timeoutMs: 4_000 });
  assert.ok(await untilProbed(1));

  const reply = await exchangeRaw(names.listening.port, message("example.com"));

  assert.equal(reply && readHeader(reply).rcode, 2);
  assert.ok(await untilProbed(2), "it did not look again");
});
