// A stock dns2 server, as its documentation shows one: what cilo would be without a wire layer of its own. Run as
// `node dns2-server.ts PORT NAMES.json`, a list of [name, address].
import { readFileSync } from "node:fs";
import dns2, { Packet } from "dns2";

const [, , port, namesFile = ""] = process.argv;
const addresses = new Map<string, string>(JSON.parse(readFileSync(namesFile, "utf8")));
const ttl = 1;
const soa = new Packet.Resource({
  name: "test",
  type: Packet.TYPE.SOA,
  class: Packet.CLASS.IN,
  ttl,
  primary: "ns.test",
  admin: "hostmaster.test",
  serial: 1,
  refresh: 3600,
  retry: 600,
  expiration: 86400,
  minimum: 1,
});

function handle(request: Packet, send: (response: Packet) => unknown): void {
  const response = Packet.createResponseFromRequest(request);
  const [question] = request.questions;
  const name = question?.name ?? "";
  const address = addresses.get(name.toLowerCase());
  response.header.aa = 1;
  response.header.ra = 1;
  if (address !== undefined && question?.type === Packet.TYPE.A) {
    response.answers.push(new Packet.Resource({ name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl, address }));
  } else {
    response.header.rcode = address === undefined ? Packet.RCODE.NXDOMAIN : Packet.RCODE.NOERROR;
    response.authorities.push(soa);
  }
  if (request.additionals.some((record) => record.type === Packet.TYPE.EDNS)) {
    response.additionals = [Packet.Resource.EDNS([], { udpPayloadSize: 1232 })];
  }
  send(response);
}

const where = { port: Number(port), address: "127.0.0.1" };
await dns2.createServer({ udp: true, tcp: true, handle }).listen({ udp: where, tcp: where });
