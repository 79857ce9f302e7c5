import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { type RunningCilo, startCilo } from "./support/running-cilo.ts";
import { runTool } from "./support/tools.ts";

/** Debian's own, which has Debian's libraries, whatever else is on PATH. */
const python = "/usr/bin/python3";
const highestType = 300;

/** Every kind of name there is. */
const names: Record<string, "exists" | "missing" | "foreign"> = {
  "test.": "exists",
  "ns.test.": "exists",
  "blue.test.": "exists",
  "web.blue.test.": "exists",
  "WEB.Shop.BLUE.test.": "exists",
  "shop.blue.test.": "exists",
  "x.shop.blue.test.": "exists",
  "*.shop.blue.test.": "exists",
  "my_db.blue.test.": "exists",
  "api.blue.test.": "exists",
  "crowd.blue.test.": "exists",
  "_http._tcp.web.blue.test.": "exists",
  "_tcp.web.blue.test.": "exists",
  "admin.blue.test.": "exists",
  "shop.example.dev.": "exists",
  "localhost.": "exists",
  "app.localhost.": "exists",
  "224.10.in-addr.arpa.": "exists",
  "0.224.10.in-addr.arpa.": "exists",
  "10.0.224.10.in-addr.arpa.": "exists",
  "1.0.0.127.in-addr.arpa.": "exists",
  "nope.test.": "missing",
  "nope.blue.test.": "missing",
  "x.web.blue.test.": "missing",
  "web\\.blue.test.": "missing",
  "invalid.": "missing",
  "x.onion.": "missing",
  "printer.local.": "missing",
  "99.0.224.10.in-addr.arpa.": "missing",
};

describe("dnspython has no complaint about any reply", { skip: await findSkip() }, () => {
  let cilo: RunningCilo;
  before(async () => {
    cilo = await startCilo();
  });
  after(() => cilo[Symbol.asyncDispose]());

  for (const transport of ["udp", "tcp"]) {
    test(`17, 26-31, 58: names of every kind times types 0 to ${highestType}, over ${transport}`, async () => {
      const task = { port: cilo.port, names, types: highestType, transport };

      const { asked, wrong } = await check(task);

      assert.deepEqual(wrong, []);
      assert.equal(asked, Object.keys(names).length * (highestType + 1));
    });
  }

  test("95: a foreign name without an upstream is SERVFAIL, of whatever type", async () => {
    const { wrong } = await check({
      port: cilo.port,
      names: { "www.example.org.": "foreign" },
      types: 20,
      transport: "udp",
    });

    assert.deepEqual(wrong, []);
  });
});

async function check(task: object): Promise<{ asked: number; wrong: string[] }> {
  const script = fileURLToPath(new URL("support/bulk_check.py", import.meta.url));
  return JSON.parse(await runTool(python, ["-B", script], { input: JSON.stringify(task) }));
}

async function findSkip(): Promise<string | false> {
  const { exitCode } = await exec(python, ["-c", "import dns.message"], { timeoutMs: 10_000 });
  if (exitCode === 0 || process.env.CI === "true") return false;
  return "dnspython is not installed (Debian: apt-get install python3-dnspython)";
}
