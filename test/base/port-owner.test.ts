import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { describeCommand, findInodes, findPortOwner, isPortHeld } from "../../src/base/port-owner.ts";

test("names the process that holds a UDP port", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  const owner = await findPortOwner({ address: "127.0.0.1", port: socket.address().port });
  socket.close();

  assert.equal(owner?.pid, process.pid);
});

test("names the process that listens on a TCP port, and nobody once it is free", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  const owner = await findPortOwner({ address: "127.0.0.1", port });
  const isHeld = await isPortHeld({ address: "127.0.0.1", port });
  server.close();
  await once(server, "close");

  assert.equal(owner?.pid, process.pid);
  assert.equal(isHeld, true);
  assert.equal(await findPortOwner({ address: "127.0.0.1", port }), null);
  assert.equal(await isPortHeld({ address: "127.0.0.1", port }), false);
});

const commandLines: [string, string[], string][] = [
  ["a program is called by its name", ["/usr/sbin/dnsmasq", "-k"], "dnsmasq"],
  [
    "what an interpreter runs is named with it",
    ["/usr/bin/node", "/opt/cilo/bin/cilo.cjs", "dns", "start"],
    "node cilo.cjs",
  ],
  ["arguments are not told: they may be secret", ["server", "hunter2", "--token=t0k3n"], "server"],
  ["a script on the command line is not told", ["node", "-e", "listen('s3cr3t.js')"], "node"],
  ["of a process without a command line nothing is told", [], ""],
];

for (const [behaviour, words, text] of commandLines) {
  test(behaviour, () => {
    assert.equal(describeCommand(words.map((word) => `${word}\0`).join("")), text);
  });
}

test("reads /proc/net tables: listening sockets of that very port only, at the address or at all", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:14EA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1",
    "   1: 0100007F:14EA 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 222 1",
    "   2: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 333 2",
    "   3: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 444 2",
    "   4: 00000000:006F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 555 2",
    "   5: 00000000000000000000000001000000:006F 00000000000000000000000000000000:0000 0A 0 0 0 0 0 666 2",
  ].join("\n");

  assert.deepEqual(findInodes(table, { address: "127.0.0.1", port: 5354 }), ["111"]);
  assert.deepEqual(findInodes(table, { address: "127.0.0.1", port: 53 }), ["444"]);
  assert.deepEqual(findInodes(table, { address: "0.0.0.0", port: 53 }), ["333", "444"]);
  assert.deepEqual(findInodes(table, { address: "127.0.0.1", port: 111 }), ["555"]);
  assert.deepEqual(findInodes(table, { address: "::1", port: 111 }), ["555", "666"]);
});
