import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { type RunningCilo, startCilo } from "./support/running-cilo.ts";
import { missingTools } from "./support/tools.ts";

interface Row {
  /** What kind of reply it is. */
  kind: string;
  name: string;
  type: string;
  rcode?: string;
  /** ANCOUNT and NSCOUNT. */
  counts: [number, number];
}

const rows: Row[] = [
  { kind: "an answer", name: "web.blue.test", type: "A", counts: [1, 0] },
  { kind: "an answer of several records", name: "api.blue.test", type: "A", counts: [3, 0] },
  { kind: "an answer in the case asked for", name: "WeB.bLuE.TeSt", type: "A", counts: [1, 0] },
  { kind: "an answer from a wildcard", name: "a.b.shop.blue.test", type: "A", counts: [1, 0] },
  { kind: "an answer to ANY", name: "web.blue.test", type: "ANY", counts: [1, 0] },
  { kind: "an IPv6 address", name: "app.localhost", type: "AAAA", counts: [1, 0] },
  { kind: "a name of an address", name: "10.0.224.10.in-addr.arpa", type: "PTR", counts: [1, 0] },
  { kind: "a service's port", name: "_http._tcp.web.blue.test", type: "SRV", counts: [1, 0] },
  { kind: "an environment's facts", name: "blue.test", type: "TXT", counts: [1, 0] },
  { kind: "a start of authority", name: "test", type: "SOA", counts: [1, 0] },
  { kind: "a name server", name: "test", type: "NS", counts: [1, 0] },
  { kind: "no data", name: "web.blue.test", type: "AAAA", counts: [0, 1] },
  { kind: "no data of an unknown type", name: "web.blue.test", type: "TYPE65280", counts: [0, 1] },
  { kind: "no data between names", name: "blue.test", type: "A", counts: [0, 1] },
  { kind: "no such name", name: "nope.blue.test", type: "A", rcode: "NXDOMAIN", counts: [0, 1] },
  { kind: "a failure", name: "www.example.org", type: "A", rcode: "SERVFAIL", counts: [0, 0] },
];

/** How each program says its question over UDP with EDNS, over UDP without, and over TCP. */
const programs = {
  kdig: {
    variants: { "UDP and EDNS": ["+edns"], UDP: ["+noedns"], TCP: ["+tcp"] },
    arguments: (port: number, { name, type }: Row) => [
      "@127.0.0.1",
      "-p",
      `${port}`,
      "+retry=0",
      "-q",
      name,
      "-t",
      type,
    ],
    rcode: /status: (\w+)/,
    counts: /ANSWER: (\d+); AUTHORITY: (\d+)/,
  },
  drill: {
    variants: { "UDP and EDNS": ["-b", "1232"], UDP: ["-u"], TCP: ["-t"] },
    arguments: (port: number, { name, type }: Row) => ["-p", `${port}`, name, "@127.0.0.1", type],
    rcode: /rcode: (\w+)/,
    counts: /ANSWER: (\d+), AUTHORITY: (\d+)/,
  },
} as const;

for (const program of ["kdig", "drill"] as const) {
  const { variants, arguments: toArguments, rcode, counts } = programs[program];
  describe(`${program} reads every kind of reply without complaint`, {
    skip: missingTools(program),
    concurrency: 2,
  }, () => {
    let cilo: RunningCilo;
    before(async () => {
      cilo = await startCilo();
    });
    after(() => cilo[Symbol.asyncDispose]());

    for (const [variant, options] of Object.entries(variants)) {
      for (const row of rows) {
        test(`${row.kind}, over ${variant}: ${row.name} ${row.type}`, async () => {
          const output = await ask(program, [...options, ...toArguments(cilo.port, row)]);

          assert.equal(rcode.exec(output)?.[1], row.rcode ?? "NOERROR");
          assert.deepEqual(counts.exec(output)?.slice(1).map(Number), row.counts);
        });
      }
    }

    test("65: a truncated reply, over UDP", async () => {
      const row: Row = { kind: "truncated", name: "crowd.blue.test", type: "A", counts: [0, 0] };
      const udpAlone = program === "kdig" ? ["+noedns", "+ignore"] : ["-u"];

      const { stdout } = await exec(program, [...udpAlone, ...toArguments(cilo.port, row)], { timeoutMs: 20_000 });

      assert.match(stdout, /flags: qr aa tc rd ra/i);
      assert.deepEqual(counts.exec(stdout)?.slice(1).map(Number), row.counts);
    });

    test("66: the same reply whole, over TCP", async () => {
      const row: Row = { kind: "long", name: "crowd.blue.test", type: "A", counts: [80, 0] };

      const output = await ask(program, [...variants.TCP, ...toArguments(cilo.port, row)]);

      assert.deepEqual(counts.exec(output)?.slice(1).map(Number), row.counts);
    });
  });
}

/** @throws when the program ends with a failure or says anything that is not the reply. */
async function ask(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await exec(program, args, { timeoutMs: 20_000 });
  const complaint = /^;; (?:WARNING|ERROR).*$|malformed|mismatch/im.exec(stdout)?.[0] ?? stderr;
  if (exitCode !== 0 || complaint !== "") throw new Error(`${program} ${args.join(" ")} complains: ${stderr}${stdout}`);
  return stdout;
}
