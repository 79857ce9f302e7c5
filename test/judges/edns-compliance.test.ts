import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { dig } from "./support/dig.ts";
import { type RunningCilo, startCilo } from "./support/running-cilo.ts";
import { missingTools } from "./support/tools.ts";

interface Probe {
  /** As in ISC's DNS compliance tester, `genreport`, where it has the probe. */
  name: string;
  /** For dig, beside `+norec` and `+noad`; the type when it is not SOA. */
  args: string;
  type?: string;
  /** What differs from a plain SOA answer without EDNS. */
  expected?: Partial<Verdict>;
}

interface Verdict {
  opcode: string;
  status: string;
  flags: string;
  reservedBits: string;
  edns: string | null;
  options: string[];
  /** Types of the records in the answer and in the authority section. */
  answer: string[];
  authority: string[];
}

const plain: Verdict = {
  opcode: "QUERY",
  status: "NOERROR",
  flags: "qr aa ra",
  reservedBits: "",
  edns: null,
  options: [],
  answer: ["SOA"],
  authority: [],
};
const version0 = { edns: "version: 0, flags:; udp: 1232" };
const withDo = { edns: "version: 0, flags: do; udp: 1232" };
const noData = { answer: [], authority: ["SOA"] };
// RFC 6891 section 6.1.3: only what says which version would do.
const badVersion = { ...version0, status: "BADVERS", flags: "qr ra", answer: [] };
const notImplemented = { opcode: "RESERVED15", status: "NOTIMP", flags: "qr", answer: [] };

const cookie = "+cookie=0102030405060708";
const edns0 = "+edns=0 +nocookie";
const edns1 = "+edns=1 +noednsneg +nocookie";

/** RFC 8906 section 8 asks for these; the names say which header bit, version or option is tried. */
const probes: Probe[] = [
  { name: "dns", args: "+noedns" },
  { name: "aa", args: "+noedns +aaflag" },
  { name: "ad", args: "+noedns +ad" },
  { name: "cd", args: "+noedns +cd", expected: { flags: "qr aa ra cd" } },
  { name: "ra", args: "+noedns +raflag" },
  { name: "rd", args: "+noedns +rec", expected: { flags: "qr aa rd ra" } },
  { name: "tc", args: "+noedns +tcflag" },
  { name: "zflag", args: "+noedns +zflag" },
  { name: "opcode", args: "+noedns +header-only +opcode=15", type: "", expected: notImplemented },
  {
    name: "opcodeflg",
    args: "+noedns +header-only +opcode=15 +tcflag +rec +raflag +cd +ad +aaflag +zflag",
    type: "",
    expected: notImplemented,
  },
  { name: "type666", args: "+noedns", type: "TYPE666", expected: noData },
  { name: "tcp", args: "+noedns +tcp" },
  { name: "edns", args: edns0, expected: version0 },
  { name: "edns1", args: edns1, expected: badVersion },
  {
    name: "edns@512",
    args: `${edns0} +dnssec +bufsize=512 +ignore`,
    type: "DNSKEY",
    expected: { ...withDo, ...noData },
  },
  { name: "ednsopt", args: `${edns0} +ednsopt=100`, expected: version0 },
  { name: "edns1opt", args: `${edns1} +ednsopt=100`, expected: badVersion },
  { name: "do", args: `${edns0} +dnssec`, expected: withDo },
  { name: "docd", args: `${edns0} +dnssec +cd`, expected: { ...withDo, flags: "qr aa ra cd" } },
  { name: "edns1do", args: `${edns1} +dnssec`, expected: { ...badVersion, ...withDo } },
  { name: "ednsflags", args: `${edns0} +ednsflags=0x0080`, expected: version0 },
  { name: "optlist", args: `+edns=0 ${cookie} +nsid +subnet=0.0.0.0/0 +expire`, expected: version0 },
  { name: "ednsnsid", args: `${edns0} +nsid`, expected: version0 },
  { name: "ednscookie", args: `+edns=0 ${cookie}`, expected: version0 },
  { name: "ednsexpire", args: `${edns0} +expire`, expected: version0 },
  { name: "ednssubnet", args: `${edns0} +subnet=0.0.0.0/0`, expected: version0 },
  { name: "edns1nsid", args: `${edns1} +nsid`, expected: badVersion },
  { name: "edns1cookie", args: `+edns=1 +noednsneg ${cookie}`, expected: badVersion },
  { name: "edns1expire", args: `${edns1} +expire`, expected: badVersion },
  { name: "edns1subnet", args: `${edns1} +subnet=0.0.0.0/0`, expected: badVersion },
  {
    name: "ednstcp",
    args: `${edns0} +dnssec +bufsize=512 +tcp`,
    type: "DNSKEY",
    expected: { ...withDo, ...noData },
  },
  { name: "bind11", args: `+edns=0 ${cookie} +dnssec`, expected: withDo },
  { name: "dig11", args: `+edns=0 ${cookie} +ad +rec`, expected: { ...version0, flags: "qr aa rd ra" } },
  // Beyond genreport's list: more versions, and options with a length of their own.
  { name: "edns100", args: "+edns=100 +noednsneg +nocookie", expected: badVersion },
  { name: "edns255", args: "+edns=255 +noednsneg +nocookie", expected: badVersion },
  { name: "ednspadding", args: `${edns0} +padding=128`, expected: version0 },
  { name: "ednskeepalive", args: `${edns0} +keepalive +tcp`, expected: version0 },
  { name: "edns@0", args: `${edns0} +bufsize=0 +edns=0 +ignore`, expected: version0 },
];

describe("every probe of ISC's EDNS compliance tester gets what RFC 8906 wants", { skip: missingTools("dig") }, () => {
  let cilo: RunningCilo;
  before(async () => {
    cilo = await startCilo();
  });
  after(() => cilo[Symbol.asyncDispose]());

  for (const zone of ["test", "224.10.in-addr.arpa"]) {
    for (const probe of probes) {
      test(`${probe.name} to ${zone}: ${probe.args}`, async () => {
        const question = probe.type === "" ? [] : [probe.type ?? "SOA", zone];

        const verdict = await judge(cilo.port, [...probe.args.split(" "), ...question]);

        assert.deepEqual(verdict, { ...plain, ...probe.expected });
      });
    }
  }
});

async function judge(port: number, args: readonly string[]): Promise<Verdict> {
  const reply = await dig(["@127.0.0.1", "-p", String(port), "+noad", "+norec", ...args]);
  const { opcode, status, flags, reservedBits, edns, options } = reply;
  const typesOf = (records: readonly string[]) => records.map((line) => line.split(" ")[3] ?? line);
  return {
    opcode,
    status,
    flags,
    reservedBits,
    edns,
    options,
    answer: typesOf(reply.answer),
    authority: typesOf(reply.authority),
  };
}
