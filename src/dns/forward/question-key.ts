import type { NameKey } from "../wire/name.ts";
import type { ParsedQuery } from "../wire/query.ts";

/**
 * Two queries of one key have the same answer: name in lower case, then a character each for type, class, and DO and
 * CD.
 */
export type QuestionKey = string;

const dnssecOkBit = 1;
const checkingDisabledBit = 2;

/** What tells a question apart besides its name. */
export interface QuestionTraits {
  type: number;
  class: number;
  dnssecOk: boolean;
  checkingDisabled: boolean;
}

/** @param name in lower case. */
export function makeQuestionKey(name: NameKey, { type, class: queryClass, ...bits }: QuestionTraits): QuestionKey {
  const packed = (bits.dnssecOk ? dnssecOkBit : 0) | (bits.checkingDisabled ? checkingDisabledBit : 0);
  return name + String.fromCharCode(type, queryClass, packed);
}

/** Tells a query's key. */
export function toQuestionKey({ name, type, class: queryClass, edns, checkingDisabled }: ParsedQuery): QuestionKey {
  return makeQuestionKey(name, { type, class: queryClass, dnssecOk: edns?.dnssecOk === true, checkingDisabled });
}
