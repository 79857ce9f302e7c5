import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Transport } from "../../src/dns/wire/reply.ts";
import { askByDnspython, dnspythonIsMissing, type PythonReply, type RawQuery } from "./dnspython.ts";
import { type RunningServer, type RunningServerOptions, startServer } from "./running-server.ts";

/** What a reply must say. Not given: NOERROR, "qr aa rd ra", opcode 0, the question, no records, no OPT. */
export interface ExpectedReply {
  rcode?: string;
  flags?: string;
  opcode?: number;
  hasQuestion?: boolean;
  answer?: string[];
  authority?: string[];
  /** "version 0, 1232 octets", with ", DO" where the flag is set. */
  edns?: string | null;
}

/** A message and what comes back for it: null for silence or, by TCP, a connection that is closed. */
export interface RawRow {
  /** Of the checklist. */
  item: string;
  title: string;
  packet: Buffer;
  /** Where the transports differ, one entry each. */
  reply: ExpectedReply | null | { udp: ExpectedReply | null; tcp: ExpectedReply | null };
}

const transports: Transport[] = ["udp", "tcp"];

/** Declares a test for every row and transport, with dnspython as the client of one server for all. */
export function describeRawRows(title: string, rows: readonly RawRow[], options?: RunningServerOptions): void {
  describe(title, { skip: dnspythonIsMissing }, () => {
    const cases = rows.flatMap((row) => transports.map((transport) => ({ row, transport })));
    let running: RunningServer;
    let replies: (PythonReply | null)[];
    before(async () => {
      running = await startServer(options);
      replies = await askByDnspython(running.port, cases.map(toQuery));
    });
    after(() => running[Symbol.asyncDispose]());

    for (const [index, { row, transport }] of cases.entries()) {
      test(`${row.item}: ${row.title}, by ${transport.toUpperCase()}`, () => {
        const reply = replies[index] ?? null;

        const expected = expectedBy(row, transport);
        assert.deepEqual(reply && toComparable(reply, row.packet), expected && withDefaults(expected, row.packet));
      });
    }

    test("after all that no fault of the server's own was counted", () => {
      assert.equal(running.server.counters().faults, 0);
    });
  });
}

function toQuery({ row, transport }: { row: RawRow; transport: Transport }): RawQuery {
  // By TCP a message that gets no reply leaves the connection open for the next.
  const timeoutMs = expectedBy(row, transport) === null ? 500 : 5_000;
  return { packet: row.packet, transport, timeoutMs };
}

function expectedBy({ reply }: RawRow, transport: Transport): ExpectedReply | null {
  return reply !== null && "udp" in reply ? reply[transport] : reply;
}

/** The question is compared octet for octet. */
function toComparable(
  { id, opcode, rcode, flags, answer, authority, edns, optCount, reply }: PythonReply,
  query: Buffer,
) {
  const questionBytes = reply.readUInt16BE(4) === 1 ? questionEndOf(query) - 12 : 0;
  const question = reply.subarray(12, 12 + questionBytes).toString("hex");
  const opt =
    edns === null
      ? null
      : [`version ${edns.version}, ${edns.udpBytes} octets`, ...(edns.flags === 0 ? [] : [describeFlags(edns.flags)])];
  const options = edns?.options ?? [];
  return { id, opcode, rcode, flags, question, answer, authority, edns: opt?.join(", ") ?? null, optCount, options };
}

function describeFlags(flags: number): string {
  return flags === 0x8000 ? "DO" : `flags ${flags.toString(16)}`;
}

function withDefaults(expected: ExpectedReply, query: Buffer) {
  const { rcode = "NOERROR", flags = "qr aa rd ra", opcode = 0, answer = [], authority = [], edns = null } = expected;
  const question = expected.hasQuestion === false ? "" : query.subarray(12, questionEndOf(query)).toString("hex");
  const optCount = edns === null ? 0 : 1;
  return { id: query.readUInt16BE(0), opcode, rcode, flags, question, answer, authority, edns, optCount, options: [] };
}

/** The octet after the first question, if the message has a well-formed one. */
function questionEndOf(packet: Buffer): number {
  let end = 12;
  while (end < packet.length && packet[end] !== 0) end += 1 + (packet[end] ?? 0);
  return end + 5;
}
