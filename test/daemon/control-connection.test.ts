import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { silentLogger } from "../../src/base/log.ts";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { waitFor } from "../../src/base/wait.ts";
import { protocolVersion } from "../../src/control/messages.ts";
import type { ControlHandler } from "../../src/daemon/control-connection.ts";
import { type ControlServer, startControlServer } from "../../src/daemon/control-server.ts";

const question = `${JSON.stringify({ protocol: protocolVersion, request: { type: "status" } })}\n`;

let paths: Paths;
let server: ControlServer;
beforeEach(async () => {
  paths = resolvePaths({ CILO_HOME: await mkdtemp(join(tmpdir(), "cilo-control-")) });
});
afterEach(async () => {
  await server.close();
  await rm(paths.home, { recursive: true });
});

async function start(handle: () => unknown = () => ({})): Promise<void> {
  const follow = () => assert.fail("nobody asked for logs");
  server = await startControlServer({ paths, handle: handle as ControlHandler, follow, log: silentLogger });
}

/** How many replies come, at most `count`; fewer when the server hangs up, be it with an end or a reset. */
async function countReplies(socket: Socket, count: number): Promise<number> {
  let replies = 0;
  socket.setEncoding("utf8");
  try {
    for await (const chunk of socket) {
      replies += String(chunk).split("\n").length - 1;
      if (replies >= count) break;
    }
  } catch {
    // What was on its way is lost by a reset.
  }
  return replies;
}

async function ask(count = 1): Promise<number> {
  const socket = connect(paths.socket);
  socket.on("error", () => {}).write(question.repeat(count));
  return await countReplies(socket, count);
}

describe("a control connection", () => {
  test("gives queries their turn between one line and the next", async () => {
    let answered = 0;
    await start(() => {
      answered += 1;
      return {};
    });
    let before = 0;
    let most = 0;
    const count = () => {
      most = Math.max(most, answered - before);
      before = answered;
      if (answered < 2_000) setImmediate(count);
    };
    setImmediate(count);

    const replies = await ask(2_000);

    assert.equal(replies, 2_000);
    assert.ok(most <= 2, `${most} in one turn`);
  });

  test("answers whoever reads nothing no more than a pipe holds", async () => {
    let answered = 0;
    await start(() => {
      answered += 1;
      return "x".repeat(64 * 1024);
    });
    const socket = connect(paths.socket);
    socket.on("error", () => {}).pause();
    socket.write(question.repeat(200));

    await ask();
    await waitFor(() => (answered > 100 ? true : null), { timeoutMs: 500 });
    assert.ok(answered < 100, `${answered}`);

    assert.equal(await countReplies(socket, 200), 200);
  });

  test("hangs up on those who come when 512 are there already", async () => {
    await start();
    const many = Array.from({ length: 512 }, () => connect(paths.socket).on("error", () => {}));
    await Promise.all(many.map((socket) => once(socket, "connect")));

    assert.equal(await ask(), 0);
    for (const socket of many) socket.destroy();

    assert.ok(await waitFor(async () => ((await ask()) === 1 ? true : null), { timeoutMs: 5_000 }));
  });
});
