import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startChild } from "./support/child.ts";
import { createNamespace, namespaceSkip, type PrivateNamespace } from "./support/private-namespace.ts";
import { startCilo } from "./support/running-cilo.ts";
import { missingTools, runTool } from "./support/tools.ts";

const files = {
  "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n",
  "/etc/nsswitch.conf": "hosts: files dns\n",
};
/** Far from what a silent server costs, 2 s and more with the options above, and far from what a busy machine needs. */
const promptMs = 1_000;

interface Lookup {
  code: number;
  addresses: string[];
  elapsedMs: number;
}

describe("programs of both C libraries resolve names at once", { skip: await findSkip() }, () => {
  let directory: string;
  let namespace: PrivateNamespace;
  const cleanup = new AsyncDisposableStack();
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-lookup-"));
    cleanup.defer(() => rm(directory, { recursive: true }));
    const source = fileURLToPath(new URL("support/lookup.c", import.meta.url));
    await runTool("musl-gcc", ["-static", "-O1", "-o", join(directory, "musl"), source]);
    await runTool("gcc", ["-O1", "-o", join(directory, "glibc"), source]);
    namespace = cleanup.use(await createNamespace(files));
    cleanup.use(await startCilo({ port: 53, prefix: namespace.prefix }));
  });
  after(() => cleanup.disposeAsync());

  for (const library of ["musl", "glibc"]) {
    const rows: [name: string, expected: string[]][] = [
      ["web.blue.test", ["10.224.0.10"]],
      ["api.blue.test", ["10.224.0.11", "10.224.0.12", "10.224.0.13"]],
      ["my_db.blue.test", ["10.224.0.14"]],
      ["anything.shop.blue.test", ["10.224.0.10"]],
      ["shop.example.dev", ["10.224.0.10"]],
    ];
    for (const [name, expected] of rows) {
      test(`26: ${library}'s getaddrinfo finds ${name}, which has A records only`, async () => {
        const { code, addresses, elapsedMs } = await lookUp(library, name, namespace.prefix);

        assert.deepEqual([code, addresses.sort()], [0, expected]);
        assert.ok(elapsedMs < promptMs, `${elapsedMs} ms`);
      });
    }

    test(`44: ${library}'s getaddrinfo finds both addresses of a name below localhost`, async () => {
      const { addresses } = await lookUp(library, "app.localhost", namespace.prefix);

      assert.ok(addresses.includes("127.0.0.1"), addresses.join());
    });

    test(`31: ${library}'s getaddrinfo is told at once of a name that does not exist`, async () => {
      const { code, elapsedMs } = await lookUp(library, "nope.blue.test", namespace.prefix);

      // EAI_NONAME, not EAI_AGAIN.
      assert.equal(code, -2);
      assert.ok(elapsedMs < promptMs, `${elapsedMs} ms`);
    });
  }

  test("65, 66: glibc's getaddrinfo gets all addresses of a reply that no datagram holds", async () => {
    const { code, addresses } = await lookUp("glibc", "crowd.blue.test", namespace.prefix);

    assert.equal(code, 0);
    assert.equal(new Set(addresses).size, 80);
  });

  test("the measure tells a silent server: musl waits 2 s and more when AAAA has no reply", async () => {
    await using other = await createNamespace(files);
    const script = fileURLToPath(new URL("support/silent-on-aaaa.ts", import.meta.url));
    const [file = "", ...args] = [...other.prefix, process.execPath, script];
    await using _server = await startChild(file, args, { isReady: (lines) => lines.includes("listening") });

    const { elapsedMs } = await lookUp("musl", "web.blue.test", other.prefix);

    assert.ok(elapsedMs >= 1_900, `${elapsedMs} ms`);
  });

  test("getent finds addresses by name, and the name by address", async () => {
    const run = (...args: string[]) => runInside([...namespace.prefix, "getent", ...args]);

    assert.match(await run("ahosts", "web.blue.test"), /^10\.224\.0\.10\s+STREAM web\.blue\.test$/m);
    assert.match(await run("hosts", "10.224.0.10"), /^10\.224\.0\.10\s+web\.blue\.test$/m);
  });

  test("busybox's nslookup finds addresses by name, and the name by address", async () => {
    const run = (name: string) => runInside([...namespace.prefix, "busybox", "nslookup", name]);

    assert.match(await run("web.blue.test"), /Name:\s+web\.blue\.test\nAddress(?: 1)?:\s+10\.224\.0\.10/);
    assert.match(await run("10.224.0.10"), /web\.blue\.test/);
  });

  async function lookUp(library: string, name: string, prefix: readonly string[]): Promise<Lookup> {
    const words = (await runInside([...prefix, join(directory, library), name])).trim().split(" ");
    return { code: Number(words[0]), addresses: words.slice(1, -1), elapsedMs: Number(words.at(-1)) };
  }
});

async function findSkip(): Promise<string | false> {
  return (await namespaceSkip()) || missingTools("musl-gcc", "gcc", "getent", "busybox");
}

function runInside(command: readonly string[]): Promise<string> {
  const [file = "", ...args] = command;
  return runTool(file, args);
}
