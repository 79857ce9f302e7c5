import { createSocket } from "node:dgram";

const typeA = 1;

/**
 * The server that cilo must not be: on 127.0.0.1:53 it answers every question for an A record with 10.224.0.10 and
 * leaves all others without a reply.
 */
const socket = createSocket("udp4");
socket.on("message", (query, client) => {
  let end = 12;
  while (query[end] !== 0) end += 1 + (query[end] ?? 0);
  if (query.readUInt16BE(end + 1) !== typeA) return;
  const header = Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4, 10, 224, 0, 10]);
  const reply = Buffer.concat([query.subarray(0, 2), header, query.subarray(12, end + 5), record]);
  socket.send(reply, client.port, client.address);
});
socket.bind(53, "127.0.0.1", () => process.stdout.write("listening\n"));
