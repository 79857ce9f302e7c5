import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { keepUpstreams, type UpstreamKeeper } from "../../src/daemon/upstream-keeper.ts";
import { createForwarder } from "../../src/dns/forward.ts";
import { createDnsServer } from "../../src/dns/server.ts";
import { createUpstreamEnvironment, formatUpstream, type Upstream } from "../../src/dns/upstreams.ts";
import { type DigReply, dig, digIsMissing } from "../dns/dig.ts";
import { exampleZone } from "../dns/example-zone.ts";
import { type FakeUpstream, questionOf, record, replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { startFakeForwarder } from "../dns/upstreams/fake-forwarder.ts";

/** One link of systemd-resolved, as its JSON tells it. */
interface Link {
  servers: Upstream[];
  domains?: string[];
  isDefaultRoute?: boolean;
}

interface Running extends AsyncDisposable {
  port: number;
  keeper: UpstreamKeeper;
  /** Gives the machine other servers: its file is replaced by rename. */
  become(links: Link[]): Promise<void>;
}

const resolvedFolder = "run/systemd/resolve";

/**
 * The parts of the daemon that forward, wired as it wires them, on a machine below a folder of its own: `resolvectl`
 * prints what is in resolved's file, since a resolv.conf has no ports.
 */
async function start(toLinks: (own: Upstream) => Link[]): Promise<Running> {
  const root = await mkdtemp(join(tmpdir(), "cilo-dns-upstreams-"));
  await mkdir(join(root, resolvedFolder), { recursive: true });
  const file = join(root, resolvedFolder, "resolv.conf");
  const own: Upstream[] = [];
  const become = async (links: Link[]) => {
    await writeFile(`${file}.new`, toResolvectl(links));
    await rename(`${file}.new`, file);
  };
  await become([]);
  const environment = createUpstreamEnvironment({
    root,
    platform: "linux",
    run: async (program) => (program === "resolvectl" ? readFile(file, "utf8") : null),
  });
  const keeper = await keepUpstreams({ chosen: [], chosenSource: "", own: () => own, log: silentLogger, environment });
  const forwarder = createForwarder({ upstreams: keeper.table, log: silentLogger });
  keeper.onChange(() => forwarder.upstreamsChanged());
  const zone = exampleZone();
  const isWithheld = keeper.isOwnProbe;
  const at = { address: "127.0.0.1", port: 0 };
  const server = createDnsServer({ ...at, zone: () => zone, forwarder, isWithheld, log: silentLogger });
  own.push(await server.start());
  await become(own.flatMap(toLinks));
  await keeper.lookNow();
  return {
    port: own[0]?.port ?? 0,
    keeper,
    become,
    [Symbol.asyncDispose]: async () => {
      keeper[Symbol.dispose]();
      await forwarder.close();
      await server.close();
      await rm(root, { recursive: true });
    },
  };
}

function toResolvectl(links: Link[]): string {
  return JSON.stringify(
    links.map(({ servers, domains = [], isDefaultRoute = true }, index) => ({
      ifname: `eth${index}`,
      ifindex: index + 2,
      defaultRoute: isDefaultRoute,
      servers: servers.map(({ address, port }) => ({ addressString: address, port })),
      searchDomains: domains.map((name) => ({ name, routeOnly: true })),
    })),
  );
}

/** An upstream that gives every name one address, to be cached for five minutes; probes get NXDOMAIN. */
function startUpstream(lastOctet: number): Promise<FakeUpstream> {
  return startFakeUpstream(({ query }) => {
    if (isProbe(query)) return [replyTo(query, { flags: 0x8183 })];
    return [replyTo(query, { counts: [1, 0, 0], records: [record(1, Buffer.from([192, 0, 2, lastOctet]))] })];
  });
}

function isProbe(query: Buffer): boolean {
  return questionOf(query).includes("cilo-loop");
}

/** How many of its queries were for names that clients asked for. */
function countAsked({ received }: FakeUpstream): number {
  return received.filter(({ query }) => !isProbe(query)).length;
}

/** The address in an answer, or its response code. */
function toOutcome({ status, answer }: DigReply): string {
  return answer[0]?.split(" ").at(-1) ?? status;
}

async function ask(port: number, name: string, ...args: string[]): Promise<string> {
  return toOutcome(await dig(port, [name, "A", ...args]));
}

for (const { transport, args } of [
  { transport: "UDP", args: [] },
  { transport: "TCP", args: ["+tcp"] },
]) {
  test(`96: over ${transport} cilo itself and a server that asks it are never asked, and another one is`, {
    skip: digIsMissing,
  }, async () => {
    await using honest = await startUpstream(1);
    await using running = await start((own) => [{ servers: [own, honest.upstream] }]);
    const own = { address: "127.0.0.1", port: running.port };
    using forwarder = await startFakeForwarder({ upstream: own });
    await running.become([{ servers: [own, forwarder.upstream, honest.upstream] }]);
    await running.keeper.lookNow();
    const probes = forwarder.count();

    const outcomes = [];
    for (const name of ["a.example", "b.example", "c.example"]) outcomes.push(await ask(running.port, name, ...args));

    assert.deepEqual(outcomes, ["192.0.2.1", "192.0.2.1", "192.0.2.1"]);
    assert.equal(forwarder.count(), probes);
    assert.deepEqual(running.keeper.describe(), {
      servers: [formatUpstream(honest.upstream)],
      source: "systemd-resolved (resolvectl)",
      leftOut: [
        { server: formatUpstream(own), reason: "it is cilo itself" },
        { server: formatUpstream(forwarder.upstream), reason: "it asks cilo in turn" },
      ],
      routes: [],
    });
  });

  test(`98: over ${transport} names of a VPN's domain are asked of its servers alone, of the longest domain there is`, {
    skip: digIsMissing,
  }, async () => {
    await using home = await startUpstream(1);
    await using corp = await startUpstream(2);
    await using lab = await startUpstream(3);
    await using running = await start(() => [
      { servers: [home.upstream] },
      { servers: [corp.upstream], domains: ["corp.example"], isDefaultRoute: false },
      { servers: [lab.upstream], domains: ["lab.corp.example"], isDefaultRoute: false },
    ]);

    const outcomes: Record<string, string> = {};
    for (const name of [
      "example",
      "notcorp.example",
      "corp.example",
      "w.CORP.example",
      "lab.corp.example",
      "x.y.lab.corp.example",
    ]) {
      outcomes[name] = await ask(running.port, name, ...args);
    }

    assert.deepEqual(outcomes, {
      example: "192.0.2.1",
      "notcorp.example": "192.0.2.1",
      "corp.example": "192.0.2.2",
      "w.CORP.example": "192.0.2.2",
      "lab.corp.example": "192.0.2.3",
      "x.y.lab.corp.example": "192.0.2.3",
    });
    assert.deepEqual([home, corp, lab].map(countAsked), [2, 2, 2]);
  });
}

test("96: where the only server asks cilo in turn, names of others fail at once and no query goes round", {
  skip: digIsMissing,
}, async () => {
  await using running = await start(() => []);
  using looping = await startFakeForwarder({ upstream: { address: "127.0.0.1", port: running.port } });
  await running.become([{ servers: [looping.upstream] }]);
  await running.keeper.lookNow();
  const probes = looping.count();

  const outcomes = [await ask(running.port, "www.example"), await ask(running.port, "localhost")];

  assert.deepEqual(outcomes, ["SERVFAIL", "127.0.0.1"]);
  assert.equal(looping.count(), probes);
});

test("96: a server that is pointed at cilo later is left out after the next look", { skip: digIsMissing }, async () => {
  using forwarder = await startFakeForwarder({ upstream: null });
  await using honest = await startUpstream(1);
  await using running = await start(() => [{ servers: [forwarder.upstream, honest.upstream] }]);
  const before = running.keeper.describe().servers;

  forwarder.askNext({ address: "127.0.0.1", port: running.port });
  running.keeper.suspect();
  const left = await waitFor(() => (running.keeper.describe().leftOut.length === 1 ? true : null), {
    timeoutMs: 4_000,
  });

  assert.ok(left, "the loop was not found");
  assert.deepEqual(before, [forwarder.upstream, honest.upstream].map(formatUpstream));
  assert.equal(await ask(running.port, "www.example"), "192.0.2.1");
});

test("97: when the machine's file is replaced, the new server is asked and what the old one said is forgotten", {
  skip: digIsMissing,
}, async () => {
  await using old = await startUpstream(1);
  await using next = await startUpstream(2);
  await using running = await start(() => [{ servers: [old.upstream] }]);
  const before = [await ask(running.port, "www.example"), await ask(running.port, "www.example")];
  const askedOfOld = countAsked(old);

  await running.become([{ servers: [next.upstream] }]);
  const after = await waitFor(
    async () => ((await ask(running.port, "www.example")) === "192.0.2.2" ? "192.0.2.2" : null),
    { timeoutMs: 4_000 },
  );

  assert.deepEqual(
    { before, askedOfOld, after },
    { before: ["192.0.2.1", "192.0.2.1"], askedOfOld: 1, after: "192.0.2.2" },
  );
  assert.equal(countAsked(old), 1);
});

test("97: a query that waits for a server which is no longer the machine's is asked of the new one", {
  skip: digIsMissing,
}, async () => {
  await using silent = await startFakeUpstream(() => []);
  await using next = await startUpstream(2);
  await using running = await start(() => [{ servers: [silent.upstream] }]);

  const reply = ask(running.port, "www.example");
  const isWaiting = await waitFor(() => (countAsked(silent) > 0 ? true : null), { timeoutMs: 4_000, intervalMs: 5 });
  await running.become([{ servers: [next.upstream] }]);

  assert.ok(isWaiting, "the old server was not asked");
  assert.equal(await reply, "192.0.2.2");
});
