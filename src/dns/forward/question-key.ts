import type { ParsedQuery } from "../wire/query.ts";

/**
 * Two queries of one key have the same answer: the question as on the wire, its name in lower case, an octet a
 * character; and one more for DO and CD where one of them is set.
 */
export type QuestionKey = string;

const dnssecOkBit = 1;
const checkingDisabledBit = 2;

/** @param question as on the wire, an octet a character, its name in lower case. */
export function toKeyOfQuestion(question: string, bits: { dnssecOk: boolean; checkingDisabled: boolean }): QuestionKey {
  const packed = (bits.dnssecOk ? dnssecOkBit : 0) | (bits.checkingDisabled ? checkingDisabledBit : 0);
  return packed === 0 ? question : question + String.fromCharCode(packed);
}

/** Tells a query's key. */
export function toQuestionKey({ name, type, class: queryClass, edns, checkingDisabled }: ParsedQuery): QuestionKey {
  const octets = String.fromCharCode(0, type >>> 8, type & 0xff, queryClass >>> 8, queryClass & 0xff);
  return toKeyOfQuestion(name + octets, { dnssecOk: edns?.dnssecOk === true, checkingDisabled });
}
