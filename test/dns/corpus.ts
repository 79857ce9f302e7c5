import { existsSync, readFileSync } from "node:fs";

/** Kept outside the repository for its size: DNS messages, many malformed, from the CZ-NIC dns-fuzzing collection. */
const corpusFile = new URL("../../../shared/corpus/dns/packets.bin", import.meta.url);

/** Why tests that need the corpus cannot run here, else false. */
export const corpusIsMissing = existsSync(corpusFile) ? false : "the packet corpus is not beside the repository";

/** Its messages: records of a 16-bit length and that many octets. None where the corpus is missing. */
export function readCorpus(): Buffer[] {
  const messages: Buffer[] = [];
  const file = corpusIsMissing === false ? readFileSync(corpusFile) : Buffer.alloc(0);
  for (let offset = 0; offset + 2 <= file.length; ) {
    const end = offset + 2 + file.readUInt16BE(offset);
    messages.push(file.subarray(offset + 2, end));
    offset = end;
  }
  return messages;
}
