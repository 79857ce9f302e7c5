import type { RRset } from "../../../src/dns/zone/zone-node.ts";

/** The records of an RRset one by one, found by their lengths, not by what the RRset says of itself. */
export function splitRecords({ bytes }: Pick<RRset, "bytes">): Buffer[] {
  const records: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 12 + bytes.readUInt16BE(start + 10);
    records.push(bytes.subarray(start, end));
    start = end;
  }
  return records;
}
