import { maxNameBytes } from "../wire/name.ts";
import { headerBytes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";

/**
 * Two queries of one key have the same answer: name in lower case, type, class, DO and CD, one character an octet.
 */
export type QuestionKey = string;

const dnssecOkBit = 1;
const checkingDisabledBit = 2;

/** Makes the function that tells a query's key; it has room of its own to fold the name in. */
export function createQuestionKeys(): (query: ParsedQuery) => QuestionKey {
  const octets = Buffer.alloc(maxNameBytes + 5);
  return ({ packet, questionEnd, edns, checkingDisabled }) => {
    const nameEnd = questionEnd - 4;
    let length = 0;
    // Type and class are no letters, and length octets are below all letters.
    for (let index = headerBytes; index < questionEnd; index += 1) {
      const octet = packet[index] ?? 0;
      octets[length] = octet >= 0x41 && octet <= 0x5a && index < nameEnd ? octet + 0x20 : octet;
      length += 1;
    }
    octets[length] = (edns?.dnssecOk === true ? dnssecOkBit : 0) | (checkingDisabled ? checkingDisabledBit : 0);
    return octets.toString("latin1", 0, length + 1);
  };
}
