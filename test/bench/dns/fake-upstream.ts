// The upstream of the bench: answers every name at once. An A record made of the name, NODATA for other types, all with
// TTL 300. Run as `node fake-upstream.ts PORT`.
import { createSocket } from "node:dgram";
import { addressForForeign } from "./foreign-address.ts";

const ttl = [0, 0, 300 >> 8, 300 & 0xff];
const opt = Buffer.from([0, 0, 41, 1232 >> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0]);
const soaData = Buffer.concat([Buffer.alloc(2), Buffer.from([0, 0, 0, 1]), Buffer.alloc(12), Buffer.from(ttl)]);
const soa = Buffer.concat([Buffer.from([0, 0, 6, 0, 1, ...ttl, 0, soaData.length]), soaData]);

function respond(query: Buffer): Buffer {
  let nameEnd = 12;
  for (let length = query[12] ?? 0; length !== 0; length = query[nameEnd] ?? 0) nameEnd += 1 + length;
  const question = query.subarray(0, nameEnd + 5);
  const isAddress = query.readUInt16BE(nameEnd + 1) === 1;
  const address = addressForForeign(query.toString("latin1", 12, nameEnd).toLowerCase());
  const record = isAddress ? Buffer.from([0xc0, 12, 0, 1, 0, 1, ...ttl, 0, 4, ...address.split(".").map(Number)]) : soa;
  const reply = Buffer.concat(query[11] === 1 ? [question, record, opt] : [question, record]);
  reply[2] = 0x81;
  reply[3] = 0x80;
  reply[7] = isAddress ? 1 : 0;
  reply[9] = isAddress ? 0 : 1;
  return reply;
}

const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
socket.on("message", (query, client) => {
  if (query.length >= 17) socket.send(respond(query), client.port, client.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1");
