import type { ParsedQuery } from "../wire/query.ts";

/**
 * Two queries of one key have the same answer: name in lower case, then a character each for type, class, and DO and
 * CD.
 */
export type QuestionKey = string;

const dnssecOkBit = 1;
const checkingDisabledBit = 2;

/** Tells a query's key. */
export function toQuestionKey({ name, type, class: queryClass, edns, checkingDisabled }: ParsedQuery): QuestionKey {
  const bits = (edns?.dnssecOk === true ? dnssecOkBit : 0) | (checkingDisabled ? checkingDisabledBit : 0);
  return name + String.fromCharCode(type, queryClass, bits);
}
