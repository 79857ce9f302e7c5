import fc from "fast-check";
import { readCorpus } from "./corpus.ts";
import { message, opt, pointerBomb } from "./messages.ts";

const withOpt = (data: Buffer) => ({ counts: [1, 0, 0, 1] as [number, number, number, number], rest: opt({ data }) });

/** Queries in order, and where there is a corpus some of it, from which wrong ones are made. */
const seeds = [
  message("web.e1.test"),
  message("WeB.shop.e1.test", withOpt(Buffer.alloc(0))),
  message("crowd.e1.test", withOpt(Buffer.from("000a00080102030405060708", "hex"))),
  message("10.1.224.10.in-addr.arpa", { type: "PTR" }),
  message("example.com", { type: "ANY" }),
  message("nope.e1.test", { type: "TYPE65" }),
  pointerBomb(600),
  ...readCorpus().filter((_, index) => index % 50 === 0),
];

const place = fc.nat({ max: 600 });
/** Octets that mean something where a length is read come up often. */
const octet = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff));
const edit = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), at: place, octet }),
  fc.record({ kind: fc.constant("cut" as const), at: place, octet }),
  fc.record({ kind: fc.constant("insert" as const), at: place, octet }),
  fc.record({ kind: fc.constant("repeat" as const), at: place, octet }),
);

/** Messages made of good ones: octets changed, cut off, put in, stretches repeated. */
export const mutatedQueries: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 8 }))
  .map(([seed, edits]) => edits.reduce(applyEdit, Buffer.from(seed)));

function applyEdit(message: Buffer, { kind, at, octet }: { kind: string; at: number; octet: number }): Buffer {
  const offset = at % (message.length + 1);
  const [head, tail] = [message.subarray(0, offset), message.subarray(offset)];
  if (kind === "cut") return head;
  if (kind === "insert") return Buffer.concat([head, Buffer.from([octet]), tail]);
  if (kind === "repeat") return Buffer.concat([head, tail.subarray(0, octet), tail]);
  const changed = Buffer.from(message);
  if (offset < changed.length) changed[offset] = octet;
  return changed;
}
