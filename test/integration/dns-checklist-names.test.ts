import assert from "node:assert/strict";
import { test } from "node:test";
import { askByDnspython, dnspythonIsMissing } from "../dns/dnspython.ts";
import { replyTo, startFakeUpstream } from "../dns/fake-upstream.ts";
import { message, toOctets } from "../dns/messages.ts";
import { describeRawRows, type ExpectedReply, type RawRow } from "../dns/raw-rows.ts";
import { startServer } from "../dns/running-server.ts";

const nxdomain: ExpectedReply = {
  rcode: "NXDOMAIN",
  authority: ["test. 1 IN SOA ns.test. hostmaster.test. 7 3600 600 86400 1"],
};

/** A label of any octets before a name. */
function nameOf(label: string, rest: string): Buffer {
  return Buffer.concat([Buffer.from(`${String.fromCharCode(label.length)}${label}`, "latin1"), toOctets(rest)]);
}

const rows: RawRow[] = [
  ...["WeB.e1.TeSt", "WEB.E1.TEST", "web.e1.test", "wEB.sHOP.E1.tesT"].map((name) => ({
    item: "21",
    title: `${name} has its address, and comes back in its own case`,
    packet: message(name),
    reply: { answer: [`${name}. 1 IN A 10.224.1.10`] },
  })),
  {
    item: "21",
    title: "a missing name comes back in its own case, and the zone's owner with it",
    packet: message("NoPe.e1.TeSt"),
    reply: { ...nxdomain, authority: (nxdomain.authority ?? []).map((line) => line.replace(/^test/, "TeSt")) },
  },
  {
    item: "22",
    title: "an octet above 127 is answered by a wildcard and comes back as it is",
    packet: message(nameOf("\xc0b", "shop.e1.test")),
    reply: { answer: ["\\192b.shop.e1.test. 1 IN A 10.224.1.10"] },
  },
  // my_db exists. Setting the bit that makes letters small would take these octets for the underscore, or it for them.
  ...["my\x7fdb", "my\x3fdb", "my\xdfdb", "\xcd\xd9_db"].map((label) => ({
    item: "22",
    title: `${JSON.stringify(label)} is not my_db: A to Z alone have two cases`,
    packet: message(nameOf(label, "e1.test")),
    reply: nxdomain,
  })),
  {
    item: "22",
    title: "MY_DB is",
    packet: message("MY_DB.e1.test"),
    reply: { answer: ["MY_DB.e1.test. 1 IN A 10.224.1.14"] },
  },
  {
    item: "23",
    title: "a dot inside a label is no border between labels",
    packet: message(nameOf("web.e1", "test")),
    reply: nxdomain,
  },
  {
    item: "23",
    title: "not even where the dots of a foreign name's label spell ours",
    packet: message(nameOf("web.e1.test", "invalid")),
    reply: {
      rcode: "NXDOMAIN",
      authority: ["invalid. 1 IN SOA ns.test. hostmaster.test. 7 3600 600 86400 1"],
    },
  },
  {
    item: "23",
    title: "a length octet inside a label is no border either",
    packet: message(nameOf("x\x03web", "e1.test")),
    reply: nxdomain,
  },
  {
    item: "23",
    title: "a zero octet inside a label does not end the name",
    packet: message(nameOf("web\0", "e1.test")),
    reply: nxdomain,
  },
];

describeRawRows("names on the wire", rows);

test("21: the owner of an answer is a pointer to the question", { skip: dnspythonIsMissing }, async () => {
  await using running = await startServer();
  const packet = message("WeB.e1.TeSt");

  const [reply] = await askByDnspython(running.port, [{ packet, transport: "udp" }]);

  assert.deepEqual(reply?.reply.subarray(packet.length, packet.length + 2), Buffer.from([0xc0, 0x0c]));
});

test("24: names that only look like ours go to an upstream", { skip: dnspythonIsMissing }, async () => {
  await using upstream = await startFakeUpstream(({ query }) => [replyTo(query)]);
  await using running = await startServer({ upstreams: [upstream.upstream] });
  const names = [
    "xtest",
    "foo.nottest",
    "test.example.com",
    "web.e1.test.example.com",
    "test.test.example",
    "e1-test",
    ".",
  ];

  const replies = await askByDnspython(
    running.port,
    names.map((name) => ({ packet: message(name), transport: "udp" })),
  );

  assert.deepEqual(
    replies.map((reply) => reply?.rcode),
    names.map(() => "NOERROR"),
  );
  assert.equal(upstream.received.length, names.length);
});
