import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../src/base/wait.ts";
import { engineSkip } from "../support/engine.ts";
import { foreignAddress, foreignName } from "./support/dnsmasq.ts";
import { judgedEnvironment } from "./support/judged-environment.ts";
import {
  findMissingKernelPart,
  networkServer,
  type ResolvedMachine,
  startMachine,
} from "./support/resolved-machine.ts";
import { makeRootFilesystem, type Suite } from "./support/root-filesystem.ts";
import { missingTools, needsRoot } from "./support/tools.ts";

/** resolved asks again after 5 s: whatever comes sooner than this was answered the first time. */
const promptMs = 2_000;

interface Setup {
  suite: Suite;
  /** The file that `cilo dns setup` puts in place. */
  file: string;
  /** Whether resolved asks us about names that are not ours. */
  asksForeign: boolean;
}

const setups: Setup[] = [
  { suite: "bookworm", file: "/etc/systemd/resolved.conf.d/cilo.conf", asksForeign: true },
  { suite: "forky", file: "/etc/systemd/dns-delegate.d/cilo.dns-delegate", asksForeign: false },
];

for (const setup of setups) {
  describe(`systemd-resolved of Debian ${setup.suite}, set up as "cilo dns setup" says`, {
    skip: await findSkip(setup.suite),
  }, () => {
    let machine: ResolvedMachine;
    before(async () => {
      machine = await startMachine(setup.suite, [judgedEnvironment]);
      await machine.cilo("dns", "start", "--detach");
      await applySetup(machine);
    });
    after(() => machine?.[Symbol.asyncDispose]());

    test("has the file that fits its version", async () => {
      assert.match(await machine.run(`cat ${setup.file}`), /^DNS=127\.0\.0\.1:5354$/m);
    });

    test("finds the names of an environment, through every door", async () => {
      assert.match(await machine.run("resolvectl query web.blue.test"), /^web\.blue\.test: 10\.224\.0\.10$/m);
      assert.match(await machine.run("getent ahosts web.blue.test"), /^10\.224\.0\.10\s+STREAM/m);
      assert.match(await machine.run("getent -s dns ahosts web.blue.test"), /^10\.224\.0\.10\s+STREAM/m);
      const { answer } = await machine.dig("@127.0.0.53", "x.shop.blue.test", "A");
      assert.deepEqual(answer, ["x.shop.blue.test. 1 IN A 10.224.0.10"]);
    });

    test("26, 27: is told at once that there is no AAAA and no HTTPS record", async () => {
      for (const type of ["AAAA", "HTTPS"]) {
        const { status, answer, elapsedMs } = await machine.dig("@127.0.0.53", "web.blue.test", type);

        assert.deepEqual([status, answer], ["NOERROR", []]);
        assert.ok(elapsedMs < promptMs, `${elapsedMs} ms`);
      }
    });

    test("31: is told at once that there is no such name", async () => {
      const { status, elapsedMs } = await machine.dig("@127.0.0.53", "nope.blue.test", "A");

      assert.equal(status, "NXDOMAIN");
      assert.ok(elapsedMs < promptMs, `${elapsedMs} ms`);
    });

    test("51, 53: finds the name of an address, and is told at once of one without a name", async () => {
      const named = await machine.dig("@127.0.0.53", "-x", "10.224.0.10");
      const nameless = await machine.dig("@127.0.0.53", "-x", "10.224.77.1");

      assert.deepEqual(named.answer, ["10.0.224.10.in-addr.arpa. 1 IN PTR web.blue.test."]);
      assert.equal(nameless.status, "NXDOMAIN");
      assert.ok(nameless.elapsedMs < promptMs, `${nameless.elapsedMs} ms`);
      assert.match(await machine.run("getent hosts 10.224.0.10"), /web\.blue\.test/);
    });

    test("42: hands on a container's new address at once", async () => {
      const { services } = judgedEnvironment;
      for (const address of ["10.224.0.60", "10.224.0.61", "10.224.0.10"]) {
        const web = { ...services.web, addresses: [address] } as typeof services.web;
        await machine.publish({ ...judgedEnvironment, services: { ...services, web } as typeof services });

        assert.match(await machine.run("getent ahosts web.blue.test"), new RegExp(`^${address}\\s+STREAM`));
      }
    });

    test("96: forwards to the network's server alone, and knows better than to ask itself", async () => {
      const { upstreams } = await machine.status();

      assert.deepEqual(upstreams.servers, [`${networkServer}:53`]);
      const { answer } = await machine.dig("@127.0.0.1", "-p", "5354", foreignName, "A");
      assert.deepEqual(
        answer.map((line) => line.split(" ")[4]),
        [foreignAddress],
      );
    });

    test("79: has foreign names from the network's server, and is told at once when there is none", async () => {
      const known = await machine.dig("@127.0.0.53", foreignName, "A");
      const unknown = await machine.dig("@127.0.0.53", "missing.example.net", "A");

      assert.deepEqual(
        known.answer.map((line) => line.split(" ")[4]),
        [foreignAddress],
      );
      assert.equal(unknown.status, "NXDOMAIN");
      assert.ok(unknown.elapsedMs < promptMs, `${unknown.elapsedMs} ms`);
    });

    test("96: asks about a foreign name without going round in a circle", async () => {
      const name = `once-${setup.suite}.example.net`;
      const asked = () => machine.networkLog.filter((line) => line.includes(`query[A] ${name} `)).length;

      await machine.dig("@127.0.0.53", name, "A");

      // Once from resolved, once through us; resolved before 254 takes an NXDOMAIN for sure only the second time.
      const most = setup.asksForeign ? 4 : 2;
      assert.ok(asked() >= 1 && asked() <= most, `it was asked ${asked()} times`);
    });

    test(`96: as cilo's only upstream is ${setup.asksForeign ? "found to ask cilo in turn" : "as good as any"}`, async () => {
      const resolved = "127.0.0.53:53";
      await machine.cilo("dns", "stop");
      await machine.cilo("dns", "start", "--detach", "--upstream", resolved);
      try {
        assert.equal(await isKept(machine, resolved), !setup.asksForeign);
        const { status, elapsedMs } = await machine.dig("@127.0.0.1", "-p", "5354", foreignName, "A");

        assert.equal(status, setup.asksForeign ? "SERVFAIL" : "NOERROR");
        assert.ok(elapsedMs < promptMs, `${elapsedMs} ms`);
      } finally {
        await machine.cilo("dns", "stop");
        await machine.cilo("dns", "start", "--detach");
      }
    });

    test(`tells us of ${setup.asksForeign ? "every name" : "our own names only"}`, async () => {
      const { received: before } = (await machine.status()).counters;

      await machine.dig("@127.0.0.53", "another.example.net", "A");

      const { received } = (await machine.status()).counters;
      assert.equal(received.udp + received.tcp > before.udp + before.tcp, setup.asksForeign);
    });

    test("has our names also beside another server for everything, whatever foreign names were asked", async () => {
      const file = "/etc/systemd/resolved.conf.d/other.conf";
      // So often and so soon that systemd would think it broken.
      const restart = "systemctl reset-failed systemd-resolved; systemctl restart systemd-resolved";
      await machine.run(
        `mkdir -p $(dirname ${file}); printf '[Resolve]\\nDNS=${networkServer}\\n' >${file}; ${restart}`,
      );
      try {
        // What we would refuse or fail makes resolved turn to the other server, for our names as well (systemd#20119).
        for (const name of [foreignName, "missing.example.net", "-x 198.51.100.1", "missing.invalid"]) {
          await machine.dig("@127.0.0.53", ...name.split(" "));

          assert.match(await machine.run("getent ahosts web.blue.test"), /^10\.224\.0\.10\s+STREAM/, `after ${name}`);
        }
      } finally {
        await machine.run(`rm ${file}; ${restart}`);
      }
    });

    test("with the daemon stopped still has every foreign name, and says at once that ours fail", async () => {
      await machine.cilo("dns", "stop");
      try {
        const foreign = await machine.dig("@127.0.0.53", foreignName, "A");
        const own = await machine.dig("@127.0.0.53", "web.blue.test", "A");

        assert.deepEqual([foreign.status, own.status], ["NOERROR", "SERVFAIL"]);
        assert.ok(foreign.elapsedMs < promptMs, `${foreign.elapsedMs} ms`);
        assert.ok(own.elapsedMs < promptMs, `${own.elapsedMs} ms`);
      } finally {
        await machine.cilo("dns", "start", "--detach");
      }
      const look = () => machine.run("getent ahosts web.blue.test").catch(() => null);
      assert.match((await waitFor(look, { timeoutMs: 10_000 })) ?? "", /^10\.224\.0\.10\s+STREAM/);
    });
  });
}

/** Where CI is set the machine of the stable release has to be made; the other release changes daily. */
async function findSkip(suite: Suite): Promise<string | false> {
  const reason = missingTools("mmdebstrap", "dnsmasq", "dig", "nsenter") || needsRoot("a machine that runs systemd");
  const problem = reason || (await engineSkip()) || findMissingKernelPart(suite);
  if (problem) return problem;
  try {
    await makeRootFilesystem(suite);
    return false;
  } catch (error) {
    if (suite === "bookworm" && process.env.CI === "true") throw error;
    return `cannot make a Debian ${suite}: ${error instanceof Error ? error.message : error}`;
  }
}

/** Waits until the daemon has made up its mind about a server it was given: true when it keeps it. */
async function isKept(machine: ResolvedMachine, server: string): Promise<boolean> {
  const look = async () => {
    const { servers, leftOut } = (await machine.status()).upstreams;
    if (leftOut.some((entry) => entry.server === server)) return { kept: false };
    return servers.includes(server) ? { kept: true } : null;
  };
  return (await waitFor(look, { timeoutMs: 10_000 }))?.kept ?? false;
}

/** Does what `cilo dns setup` prints, but for the service of a user: nobody is logged in on the machine. */
async function applySetup(machine: ResolvedMachine): Promise<void> {
  const { steps } = JSON.parse(await machine.cilo("dns", "setup", "--json")) as { steps: { commands: string[] }[] };
  const commands = steps.flatMap((step) => (step.commands.join().includes("systemctl --user") ? [] : step.commands));
  await machine.run(`set -e\nsudo() { "$@"; }\n${commands.join("\n")}`);
}
