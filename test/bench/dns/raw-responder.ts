// The floor: what a DNS server costs in one plain file of Node.js, without the errors, options, truncation or
// forwarding of a real one. Run as `node raw-responder.ts PORT NAMES.json [own-lookup]`, a list of [name, address].
import { createSocket, type SocketOptions } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const [, , port, namesFile = "", lookup] = process.argv;
const names: [string, string][] = JSON.parse(readFileSync(namesFile, "utf8"));

const ttlSeconds = 1;
const opt = Buffer.from([0, 0, 41, 1232 >> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0]);
const soa = Buffer.concat([
  Buffer.from([0xc0, 0, 0, 6, 0, 1, 0, 0, 0, 1, 0, 49]),
  Buffer.from("\x02ns\x04test\0\x0ahostmaster\x04test\0", "latin1"),
  Buffer.from([0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 2, 88, 0, 1, 81, 128, 0, 0, 0, 1]),
]);
soa.writeUInt16BE(soa.length - 12, 10);
const apexOctets = "\x04test\0".length;

const records = new Map(
  names.map(([name, address]) => {
    const labels = name.split(".").map((label) => String.fromCharCode(label.length) + label);
    const head = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, ttlSeconds, 0, 4];
    return [labels.join(""), Buffer.from([...head, ...address.split(".").map(Number)])];
  }),
);

const folded = Buffer.alloc(256);

function respond(query: Buffer): Buffer {
  let nameEnd = 12;
  for (let length = query[12] ?? 0; length !== 0; length = query[nameEnd] ?? 0) nameEnd += 1 + length;
  for (let index = 12; index < nameEnd; index += 1) {
    const octet = query[index] ?? 0;
    folded[index - 12] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
  }
  const questionEnd = nameEnd + 5;
  const record = records.get(folded.toString("latin1", 0, nameEnd - 12));
  const isAnswered = record !== undefined && query[nameEnd + 2] === 1;
  const body = isAnswered ? record : soa;
  const hasOpt = query[11] === 1;
  const reply = Buffer.allocUnsafe(questionEnd + body.length + (hasOpt ? opt.length : 0));
  query.copy(reply, 0, 0, questionEnd);
  reply[2] = 0x85;
  reply[3] = record === undefined ? 0x83 : 0x80;
  reply[7] = isAnswered ? 1 : 0;
  reply[9] = isAnswered ? 0 : 1;
  body.copy(reply, questionEnd);
  if (!isAnswered) reply[questionEnd + 1] = nameEnd + 1 - apexOctets;
  if (hasOpt) opt.copy(reply, questionEnd + body.length);
  return reply;
}

// Node looks every destination up, an address too, and sends a turn of the event loop later; this one is there at once.
const ownLookup: SocketOptions = { type: "udp4", lookup: (host, _options, done) => done(null, host, 4) };
const socket = createSocket(lookup === "own-lookup" ? ownLookup : { type: "udp4" });
socket.on("message", (query, client) => {
  if (query.length >= 17) socket.send(respond(query), client.port, client.address);
});
socket.bind(Number(port), "127.0.0.1");

const server = createServer({ noDelay: true }, (connection) => {
  let received = Buffer.alloc(0);
  connection.on("error", () => connection.destroy());
  connection.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const reply = respond(received.subarray(2, end));
      connection.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
      received = received.subarray(end);
    }
  });
});
server.listen(Number(port), "127.0.0.1");
