import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startChild } from "./support/child.ts";
import { type DigReply, dig } from "./support/dig.ts";
import { foreignAddress, foreignName, startDnsmasq } from "./support/dnsmasq.ts";
import { findFreePort } from "./support/free-port.ts";
import { type RunningCilo, startCilo } from "./support/running-cilo.ts";
import { missingTools, runTool } from "./support/tools.ts";

const web = ["web.blue.test. A 10.224.0.10"];

interface Row {
  question: string;
  status?: string;
  answer?: string[];
  /** Owner of the SOA record in the authority section, for negative answers. */
  soa?: string;
}

const rows: Row[] = [
  { question: "web.blue.test A", answer: web },
  { question: "web.shop.blue.test A", answer: ["web.shop.blue.test. A 10.224.0.10"] },
  { question: "x.y.shop.blue.test A", answer: ["x.y.shop.blue.test. A 10.224.0.10"] },
  { question: "my_db.blue.test A", answer: ["my_db.blue.test. A 10.224.0.14"] },
  { question: "api.blue.test A", answer: ["11", "12", "13"].map((host) => `api.blue.test. A 10.224.0.${host}`) },
  { question: "_http._tcp.web.blue.test SRV", answer: ["_http._tcp.web.blue.test. SRV 0 0 8080 web.blue.test."] },
  { question: "web.blue.test AAAA", soa: "test." },
  { question: "web.blue.test HTTPS", soa: "test." },
  { question: "blue.test A", soa: "test." },
  { question: "nope.blue.test A", status: "NXDOMAIN", soa: "test." },
  { question: "a.b.c.nope.test A", status: "NXDOMAIN", soa: "test." },
  { question: "-x 10.224.0.10", answer: ["10.0.224.10.in-addr.arpa. PTR web.blue.test."] },
  { question: `${foreignName} A`, answer: [`${foreignName}. A ${foreignAddress}`] },
  { question: "missing.example.net A", status: "NXDOMAIN" },
  { question: "-x 10.224.0.99", status: "NXDOMAIN", soa: "224.10.in-addr.arpa." },
];

/** How unbound comes to ask us: as the zones' own server (RD=0), as a forwarder (RD=1), or over TCP alone. */
const modes: Record<string, (port: number) => string> = {
  "as a stub of the zones": (port) => zones("stub", port),
  "as a forwarder": (port) => zones("forward", port),
  "over TCP": (port) => `${zones("stub", port)}\nserver:\n  tcp-upstream: yes`,
};

for (const [mode, upstream] of Object.entries(modes)) {
  describe(`unbound believes us ${mode}, mixing case and asking label by label`, {
    skip: missingTools("unbound", "dnsmasq", "dig"),
  }, () => {
    let cilo: RunningCilo;
    let lines: readonly string[] = [];
    let port = 0;
    const cleanup = new AsyncDisposableStack();
    before(async () => {
      const networkPort = await findFreePort();
      cleanup.use(await startDnsmasq({ port: networkPort }));
      cilo = cleanup.use(await startCilo({ upstream: `127.0.0.1:${networkPort}` }));
      const directory = await mkdtemp(join(tmpdir(), "cilo-unbound-"));
      cleanup.defer(() => rm(directory, { recursive: true }));
      port = await findFreePort();
      const file = join(directory, "unbound.conf");
      await writeFile(file, configuration({ directory, port, upstream: upstream(cilo.port) }));
      await runTool("unbound-checkconf", [file]);
      const isReady = (said: readonly string[]) => said.some((line) => line.includes("start of service"));
      const unbound = cleanup.use(await startChild("unbound", ["-d", "-p", "-c", file], { isReady }));
      lines = unbound.lines;
    });
    after(() => cleanup.disposeAsync());

    for (const row of rows) {
      test(`21: ${row.question}`, async () => {
        const reply = await dig(["@127.0.0.1", "-p", String(port), ...row.question.split(" ")]);

        const { status = "NOERROR", answer = [], soa } = row;
        assert.deepEqual(summarise(reply), { status, answer, soa: soa ?? null });
      });
    }

    test("65, 66: takes the rest of a truncated reply over TCP", async () => {
      const reply = await dig(["@127.0.0.1", "-p", String(port), "+tcp", "crowd.blue.test", "A"]);

      assert.equal(new Set(reply.answer).size, 80);
    });

    test("21: never got a name back in other case than it had asked in", async () => {
      await dig(["@127.0.0.1", "-p", String(port), "last.shop.blue.test", "A"]);

      assert.ok(lines.filter((line) => line.includes("good 0x20-ID")).length > 5, "it mixed no case");
      const doubts = lines.filter((line) => /wrong 0x20|capsforid|lame/i.test(line));
      assert.deepEqual(doubts, []);
    });
  });
}

/** Everything goes to us in every mode: nothing here asks the internet's servers. */
function zones(kind: "stub" | "forward", port: number): string {
  const section = (what: string, name: string) => `${what}-zone:\n  name: "${name}"\n  ${what}-addr: 127.0.0.1@${port}`;
  const stubs = kind === "stub" ? ["test", "224.10.in-addr.arpa"].map((name) => section("stub", name)) : [];
  return [...stubs, section("forward", ".")].join("\n");
}

function configuration(options: { directory: string; port: number; upstream: string }): string {
  return `server:
  interface: 127.0.0.1@${options.port}
  username: ""
  chroot: ""
  directory: "${options.directory}"
  pidfile: ""
  use-syslog: no
  verbosity: 4
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  use-caps-for-id: yes
  qname-minimisation: yes
  qname-minimisation-strict: yes
  harden-below-nxdomain: yes
  module-config: "iterator"
  local-zone: "test." nodefault
  local-zone: "10.in-addr.arpa." nodefault
remote-control:
  control-enable: no
${options.upstream}
`;
}

/** Without TTLs, which unbound counts down, and in an order of our own. */
function summarise(reply: DigReply): { status: string; answer: string[]; soa: string | null } {
  const answer = reply.answer.map((line) => line.replace(/ \d+ IN /, " ")).sort();
  const soa = reply.authority.find((line) => line.includes(" SOA "))?.split(" ")[0] ?? null;
  return { status: reply.status, answer, soa };
}
