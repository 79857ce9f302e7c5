import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Clock } from "../../src/base/clock.ts";
import type { Logger } from "../../src/base/log.ts";
import { waitFor } from "../../src/base/wait.ts";
import { type KeepUpstreamsOptions, keepUpstreams, type UpstreamKeeper } from "../../src/daemon/upstream-keeper.ts";
import { createUpstreamEnvironment, type Upstream, type UpstreamEnvironment } from "../../src/dns/upstreams.ts";
import { toKeyFromWire } from "../../src/dns/wire/name.ts";
import { startFakeForwarder, startFakeListener } from "../dns/upstreams/fake-forwarder.ts";

let root: string;
let keeper: UpstreamKeeper | null = null;
let warnings: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "cilo-upstreams-"));
  warnings = [];
  await put("/etc/resolv.conf", "nameserver 192.0.2.1\n");
});
afterEach(async () => {
  keeper?.[Symbol.dispose]();
  keeper = null;
  await rm(root, { recursive: true });
});

/** Puts a file in an old one's place by rename, as those who keep such files do. */
async function put(path: string, text: string): Promise<void> {
  const full = join(root, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(`${full}.new`, text);
  await rename(`${full}.new`, full);
}

const log: Logger = { debug() {}, info() {}, warn: (_fields, message) => warnings.push(message), error() {} };

/** A machine whose files are below `root` and whose programs are functions. */
function machine(run: UpstreamEnvironment["run"] = async () => null): UpstreamEnvironment {
  return createUpstreamEnvironment({ root, platform: "linux", run });
}

type Wanted = Partial<KeepUpstreamsOptions>;

/** Polling and rechecking stay out of the way unless a test asks for them. */
async function keep({ timing, ...wanted }: Wanted = {}): Promise<UpstreamKeeper> {
  keeper = await keepUpstreams({
    chosen: [],
    chosenSource: "--upstream",
    own: () => [{ address: "127.0.0.1", port: 5354 }],
    log,
    environment: machine(),
    timing: { quietMs: 5, pauseMs: 5, retryMs: 10, pollMs: 60_000, recheckMs: 60_000, ...timing },
    ...wanted,
  });
  return keeper;
}

async function until(check: () => boolean, what: string): Promise<void> {
  assert.ok(await waitFor(() => (check() ? true : null), { timeoutMs: 4_000, intervalMs: 5 }), what);
}

function serversOf(kept: UpstreamKeeper): string {
  return kept.describe().servers.join(" ");
}

/** What resolvectl of 259 or later prints for servers of one link. */
function toResolvectl(...servers: Upstream[]): string {
  const listed = servers.map(({ address, port }) => ({ addressString: address, port }));
  return JSON.stringify([{ ifname: "eth0", ifindex: 2, defaultRoute: true, servers: listed }]);
}

describe("following files", () => {
  test("97: a file that is replaced by rename is read again, and the change is told once", async () => {
    const kept = await keep();
    const before = kept.table();
    let changes = 0;
    kept.onChange(() => {
      changes += 1;
    });

    await put("/etc/resolv.conf", "nameserver 192.0.2.2\nnameserver 192.0.2.3\n");
    await until(() => changes > 0, "the change was not seen");

    assert.notEqual(kept.table(), before);
    assert.deepEqual(kept.describe(), {
      servers: ["192.0.2.2:53", "192.0.2.3:53"],
      source: "/etc/resolv.conf",
      leftOut: [],
      routes: [],
    });
    assert.equal(changes, 1);
  });

  test("97: a file behind a link is followed where it is", async () => {
    await put("/run/other/resolv.conf", "nameserver 192.0.2.5\n");
    await rm(join(root, "/etc/resolv.conf"));
    await symlink("../run/other/resolv.conf", join(root, "/etc/resolv.conf"));
    const kept = await keep();

    await put("/run/other/resolv.conf", "nameserver 192.0.2.6\n");

    await until(() => serversOf(kept) === "192.0.2.6:53", "the file behind the link was not followed");
  });

  test("97: a better source that comes into being is found", async () => {
    const kept = await keep({ timing: { pollMs: 20 } });

    await put("/run/NetworkManager/no-stub-resolv.conf", "nameserver 192.0.2.7\n");
    await until(() => serversOf(kept) === "192.0.2.7:53", "the new folder was not found");
    await put("/run/NetworkManager/no-stub-resolv.conf", "nameserver 192.0.2.8\n");

    await until(() => serversOf(kept) === "192.0.2.8:53", "the new folder was not followed");
  });

  test("97: a folder that is removed and made anew is followed", async () => {
    await put("/run/resolvconf/interface/eth0", "nameserver 192.0.2.9\n");
    const kept = await keep({ timing: { pollMs: 20, patienceMs: 0 } });
    await rm(join(root, "/run/resolvconf/interface"), { recursive: true });
    await until(() => serversOf(kept) === "192.0.2.1:53", "the folder's end was not seen");

    await put("/run/resolvconf/interface/eth0", "nameserver 192.0.2.10\n");
    await until(() => serversOf(kept) === "192.0.2.10:53", "the new folder was not seen");
    await put("/run/resolvconf/interface/eth0", "nameserver 192.0.2.11\n");

    await until(() => serversOf(kept) === "192.0.2.11:53", "the new folder was not followed");
  });

  test("97: what resolved was told over D-Bus is asked for when anything moves in its folder", async () => {
    await put("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\n");
    let servers = toResolvectl({ address: "192.0.2.1", port: 53 });
    const kept = await keep({ environment: machine(async (file) => (file === "resolvectl" ? servers : null)) });

    servers = toResolvectl({ address: "192.0.2.12", port: 53 });
    await writeFile(join(root, "/run/systemd/resolve/.#resolv.conf1234"), "");

    await until(() => serversOf(kept) === "192.0.2.12:53", "resolved was not asked again");
  });

  for (const { title, timing, sign } of [
    {
      title: "97: macOS: scutil is asked again when /etc/resolv.conf is replaced",
      timing: {},
      sign: () => put("/etc/resolv.conf", "nameserver 192.0.2.1\n"),
    },
    {
      title: "97: macOS: scutil is asked again from time to time, for changes that no file tells of",
      timing: { recheckMs: 20 },
      sign: async () => {},
    },
  ]) {
    test(title, async () => {
      let output = "DNS configuration\n\nresolver #1\n  nameserver[0] : 192.0.2.13\n";
      const run = async (file: string) => (file === "scutil" ? output : null);
      const environment = createUpstreamEnvironment({ root, platform: "darwin", run });
      const kept = await keep({ environment, timing });
      const before = serversOf(kept);

      output = "DNS configuration\n\nresolver #1\n  nameserver[0] : 192.0.2.14\n";
      await sign();

      await until(() => serversOf(kept) === "192.0.2.14:53", "scutil was not asked again");
      assert.equal(before, "192.0.2.13:53");
    });
  }

  test("the table stays the same object while servers and routes do", async () => {
    const kept = await keep();
    const before = kept.table();
    let changes = 0;
    kept.onChange(() => {
      changes += 1;
    });

    await put("/etc/resolv.conf", "# the same\nnameserver 192.0.2.1\n");
    await kept.lookNow();

    assert.equal(kept.table(), before);
    assert.equal(changes, 0);
  });

  test("a machine without servers is warned of once", async () => {
    await put("/etc/resolv.conf", "# nothing\n");
    const kept = await keep();
    await kept.lookNow();

    assert.deepEqual(kept.describe(), { servers: [], source: "none", leftOut: [], routes: [] });
    assert.deepEqual(warnings, ["no upstream found: only local names will answer"]);
  });

  test("nothing is read any more once the keeper is disposed of", async () => {
    let looks = 0;
    const kept = await keep({
      own: () => {
        looks += 1;
        return [];
      },
    });
    const before = looks;
    kept[Symbol.dispose]();

    await put("/etc/resolv.conf", "nameserver 192.0.2.2\n");
    kept.suspect();
    await kept.lookNow();

    assert.deepEqual({ looks, servers: serversOf(kept) }, { looks: before, servers: "192.0.2.1:53" });
  });
});

describe("hiccups", () => {
  /** Time that stands still until it is put forward. */
  function stoppedClock(): Clock & { nowMs: number } {
    return {
      nowMs: 0,
      now: () => new Date(0),
      monotonicMs() {
        return this.nowMs;
      },
    };
  }

  test("a program that fails leaves the table as it was, until it has failed for 15 seconds", async () => {
    await put("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.30\n");
    const clock = stoppedClock();
    let output: string | null = toResolvectl({ address: "192.0.2.20", port: 53 });
    let runs = 0;
    const environment = machine(async (file) => {
      if (file === "resolvectl") runs += 1;
      return file === "resolvectl" ? output : null;
    });
    const kept = await keep({ environment, clock });

    output = null;
    await kept.lookNow();
    clock.nowMs = 14_999;
    await kept.lookNow();
    const meanwhile = serversOf(kept);
    clock.nowMs = 15_000;
    const before = runs;
    await until(() => serversOf(kept) === "192.0.2.30:53", "the failing program was trusted for ever");

    assert.equal(meanwhile, "192.0.2.20:53");
    assert.ok(runs > before, "it was not tried again");
  });

  test("a file that is empty for a moment leaves the table as it was", async () => {
    const kept = await keep({ clock: stoppedClock() });
    const before = kept.table();

    await put("/etc/resolv.conf", "");
    await kept.lookNow();
    const meanwhile = kept.table();
    await put("/etc/resolv.conf", "nameserver 192.0.2.2\n");

    assert.equal(meanwhile, before);
    await until(() => serversOf(kept) === "192.0.2.2:53", "the new content was not taken at once");
  });

  test("what cannot be read for a reason of its own leaves the table as it was, with a warning", async () => {
    let isBroken = false;
    const kept = await keep({
      own: () => {
        if (isBroken) throw new Error("out of memory");
        return [];
      },
    });

    isBroken = true;
    await kept.lookNow();

    assert.equal(serversOf(kept), "192.0.2.1:53");
    assert.ok(warnings.includes("the system's DNS servers could not be read"));
  });

  test("a look that goes on failing is warned of once, and again after one that did not fail", async () => {
    let isBroken = true;
    const kept = await keep({
      own: () => {
        if (isBroken) throw new Error("out of memory");
        return [];
      },
    });

    await kept.lookNow();
    await kept.lookNow();
    const first = warnings.length;
    isBroken = false;
    await kept.lookNow();
    isBroken = true;
    await kept.lookNow();

    assert.deepEqual([first, warnings.length], [1, 2]);
  });

  test("a link that leads nowhere but to itself is like no file", async () => {
    await mkdir(join(root, "/run/NetworkManager"), { recursive: true });
    await symlink("resolv.conf", join(root, "/run/NetworkManager/resolv.conf"));

    const kept = await keep();

    assert.deepEqual([serversOf(kept), warnings], ["192.0.2.1:53", []]);
  });

  test("failing upstreams make it look again, but not at each failure", async () => {
    const clock = stoppedClock();
    let looks = 0;
    const kept = await keep({
      clock,
      own: () => {
        looks += 1;
        return [];
      },
    });

    for (let failure = 0; failure < 100; failure += 1) kept.suspect();
    await until(() => looks === 2, "it did not look again");
    clock.nowMs = 4_999;
    kept.suspect();
    await kept.lookNow();
    const before = looks;
    clock.nowMs = 5_000;
    kept.suspect();
    await until(() => looks === 4, "it did not look again after a while");

    assert.equal(before, 3);
  });
});

describe("loops", () => {
  /** A listener that asks the keeper about each name, as the server does, and counts its own probes. */
  async function listen() {
    let probes = 0;
    const listener = await startFakeListener((packet, end) => {
      if (keeper?.isOwnProbe(toKeyFromWire(packet, 12, end))) probes += 1;
    });
    return { own: listener.own, probes: () => probes, [Symbol.dispose]: listener[Symbol.dispose] };
  }

  test("96: a server that asks us is left out once we listen, with a warning, and another one is taken", async () => {
    await put("/run/systemd/resolve/resolv.conf", "");
    using listener = await listen();
    using looping = await startFakeForwarder({ upstream: listener.own });
    using honest = await startFakeForwarder({ upstream: null });
    const output = toResolvectl(looping.upstream, honest.upstream);
    const environment = machine(async (file) => (file === "resolvectl" ? output : null));
    const kept = await keep({ environment, own: () => [listener.own] });

    await kept.lookNow();

    assert.deepEqual(kept.describe(), {
      servers: [`127.0.0.1:${honest.upstream.port}`],
      source: "systemd-resolved (resolvectl)",
      leftOut: [{ server: `127.0.0.1:${looping.upstream.port}`, reason: "it asks cilo in turn" }],
      routes: [],
    });
    assert.ok(listener.probes() > 0);
    assert.deepEqual(warnings, ["an upstream is not used: it asks cilo in turn"]);
  });

  test("96: no server is probed before we listen", async () => {
    await put("/run/systemd/resolve/resolv.conf", "");
    using forwarder = await startFakeForwarder({ upstream: null });
    const output = toResolvectl(forwarder.upstream);
    const kept = await keep({ environment: machine(async (file) => (file === "resolvectl" ? output : null)) });
    const before = forwarder.count();

    await kept.lookNow();

    assert.deepEqual({ before, after: forwarder.count() }, { before: 0, after: 1 });
  });

  test("96: a server that is pointed at us later is found out and left out at once, patience or not", async () => {
    await put("/run/systemd/resolve/resolv.conf", "");
    using listener = await listen();
    using forwarder = await startFakeForwarder({ upstream: null });
    const output = toResolvectl(forwarder.upstream);
    const environment = machine(async (file) => (file === "resolvectl" ? output : null));
    await rm(join(root, "/etc/resolv.conf"));
    const kept = await keep({ environment, own: () => [listener.own], timing: { recheckMs: 20 } });
    await kept.lookNow();
    const before = serversOf(kept);

    forwarder.askNext(listener.own);
    await until(() => serversOf(kept) === "", "the loop was not found");

    assert.equal(before, `127.0.0.1:${forwarder.upstream.port}`);
    assert.equal(kept.describe().leftOut[0]?.reason, "it asks cilo in turn");
  });

  test("96: a server that no longer asks us is taken again", async () => {
    await put("/run/systemd/resolve/resolv.conf", "");
    using listener = await listen();
    using forwarder = await startFakeForwarder({ upstream: listener.own });
    const output = toResolvectl(forwarder.upstream);
    const environment = machine(async (file) => (file === "resolvectl" ? output : null));
    const kept = await keep({ environment, own: () => [listener.own], timing: { recheckMs: 20 } });
    await kept.lookNow();
    const before = kept.describe().leftOut.length;

    forwarder.askNext(null);

    await until(() => serversOf(kept) === `127.0.0.1:${forwarder.upstream.port}`, "it stayed left out");
    assert.equal(before, 1);
  });

  test("96: a chosen server that asks us is left out as well, with a warning", async () => {
    using listener = await listen();
    using looping = await startFakeForwarder({ upstream: listener.own });
    const server = `127.0.0.1:${looping.upstream.port}`;
    const kept = await keep({ chosen: [server, "192.0.2.9"], own: () => [listener.own] });

    await kept.lookNow();

    assert.deepEqual(kept.describe(), {
      servers: ["192.0.2.9:53"],
      source: "--upstream",
      leftOut: [{ server, reason: "it asks cilo in turn" }],
      routes: [],
    });
    assert.deepEqual(warnings, ["an upstream is not used: it asks cilo in turn"]);
  });
});

describe("servers of the user's choice", () => {
  test("take the place of the machine's, whose changes then mean nothing", async () => {
    const kept = await keep({ chosen: ["192.0.2.40:5353"], chosenSource: "config.yml" });
    await put("/etc/resolv.conf", "nameserver 192.0.2.2\n");
    await kept.lookNow();

    assert.deepEqual(kept.describe(), { servers: ["192.0.2.40:5353"], source: "config.yml", leftOut: [], routes: [] });
  });

  test("98: are for a domain while the machine's are for the rest and go on being followed", async () => {
    const kept = await keep({ chosen: ["corp.example=192.0.2.40"] });

    await put("/etc/resolv.conf", "nameserver 192.0.2.2\n");
    await until(() => serversOf(kept) === "192.0.2.2:53", "the machine's servers were not followed");

    assert.deepEqual(kept.describe(), {
      servers: ["192.0.2.2:53"],
      source: "--upstream, /etc/resolv.conf",
      leftOut: [],
      routes: [{ domain: "corp.example", servers: ["192.0.2.40:53"] }],
    });
  });

  test("are refused when they are none", async () => {
    await assert.rejects(keep({ chosen: ["dns.example"] }), { code: "CILO_USAGE" });
  });
});
