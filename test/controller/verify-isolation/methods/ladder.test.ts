import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { hasErrorCode } from "../../../../src/base/errors.ts";
import { exec } from "../../../../src/base/exec.ts";
import {
  connectMethods,
  idleCommands,
  lookupMethods,
} from "../../../../src/controller/verify-isolation/methods/ladder.ts";
import { readAddresses, readOutcomes } from "../../../../src/controller/verify-isolation/methods/read-lines.ts";

/** What a method of that name starts, besides a shell. */
const programs: Record<string, string> = { "nc -z": "nc", "nc -e": "nc" };

const probeEnv = { ...process.env, LC_ALL: "C" };

async function isInstalled(program: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const { exitCode } = await exec("sh", ["-c", 'command -v "$0"', program], { env });
  return exitCode === 0;
}

/** A machine without a netcat may have busybox's. */
async function withNetcat(t: TestContext): Promise<NodeJS.ProcessEnv> {
  if ((await isInstalled("nc")) || !(await isInstalled("busybox"))) return probeEnv;
  const directory = await mkdtemp(join(tmpdir(), "cilo-nc-"));
  t.after(() => rm(directory, { recursive: true }));
  const { stdout } = await exec("sh", ["-c", "command -v busybox"]);
  await symlink(stdout.trim(), join(directory, "nc"));
  return { ...probeEnv, PATH: `${directory}:${process.env.PATH}` };
}

/** Not every netcat has what a method asks of it; another method has its turn then. */
function isForAnotherNetcat(output: string): boolean {
  return /invalid option|unrecognized option|illegal option/i.test(output);
}

describe("ways to connect", () => {
  for (const method of connectMethods) {
    const program = programs[method.name] ?? method.name;

    test(`${method.name} tells an open port from a closed one`, async (t) => {
      const env = await withNetcat(t);
      if (!(await isInstalled(program, env))) return t.skip(`there is no ${program} on this machine`);
      const [open, closed] = [createServer((socket) => socket.on("error", () => {})), createServer()];
      for (const server of [open, closed]) await once(server.listen(0, "127.0.0.1"), "listening");
      const ports = [open, closed].map((server) => String((server.address() as AddressInfo).port));
      closed.close();
      t.after(() => open.close());

      const [file = "", ...args] = method.command(["127.0.0.1", ports[0] ?? "", "127.0.0.1", ports[1] ?? ""], 2);
      const { stdout } = await exec(file, args, { env, timeoutMs: 20_000 });
      if (isForAnotherNetcat(stdout)) return t.skip(`the ${program} of this machine has other options`);

      // A newer curl has no word for it.
      const expected = method.name === "curl" ? ["refused", "unknown"] : ["refused"];
      const [atOpen, atClosed] = readOutcomes(stdout, 2);
      assert.equal(atOpen, "open", stdout);
      assert.ok(expected.includes(atClosed ?? ""), stdout);
    });
  }
});

/**
 * Answers every question with one address, where containers find the engine's DNS.
 * @returns false where this user may not listen there.
 */
async function startEngineDns(t: TestContext): Promise<boolean> {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.on("message", (query, peer) => {
    let end = 12;
    while (query[end]) end += (query[end] ?? 0) + 1;
    const question = query.subarray(12, end + 5);
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 224, 0, 10]);
    socket.send(Buffer.concat([header, question, record]), peer.port, peer.address);
  });
  socket.bind(53, "127.0.0.11");
  try {
    await once(socket, "listening");
    return true;
  } catch (error) {
    if (hasErrorCode(error, "EACCES", "EADDRINUSE", "EADDRNOTAVAIL")) return false;
    throw error;
  }
}

describe("ways to look names up", () => {
  // getent asks whom the machine's resolver says, which is the engine's DNS inside a container only.
  for (const method of lookupMethods.filter(({ name }) => name !== "getent")) {
    test(`${method.name} gives the address that the engine's DNS answers`, async (t) => {
      if (!(await isInstalled(method.name))) return t.skip(`there is no ${method.name} on this machine`);
      if (!(await startEngineDns(t))) return t.skip("this user may not listen on port 53");

      const [file = "", ...args] = method.command(["web", "web.green_default"], 2);
      const { stdout } = await exec(file, args, { env: probeEnv, timeoutMs: 20_000 });

      assert.deepEqual(readAddresses(stdout, 2), [["10.224.0.10"], ["10.224.0.10"]], stdout);
    });
  }
});

describe("all ways", () => {
  test("hand on the questions as words of their own, never as part of a script", () => {
    for (const method of [...connectMethods, ...lookupMethods]) {
      const command = method.command(["$(reboot)", "; reboot"], 2);

      assert.deepEqual(command.slice(-3), ["2", "$(reboot)", "; reboot"], method.name);
      assert.equal(command.filter((word) => word.includes("reboot")).length, 2, method.name);
    }
  });

  test("a way to do nothing ends by itself", async (t) => {
    for (const idle of idleCommands) {
      const [file = "", ...args] = idle(0);
      if (!(await isInstalled(file))) t.diagnostic(`there is no ${file} on this machine`);
      else assert.equal((await exec(file, args, { timeoutMs: 10_000 })).exitCode, 0, file);
    }
  });
});
