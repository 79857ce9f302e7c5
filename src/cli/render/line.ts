import { toPrintable } from "../../base/errors.ts";

/** One line that a terminal shows as it is, made of text from files, containers or programs. */
export function toLine(text: string): string {
  return toPrintable(text).replace(/[\n\t\u2028\u2029]+/g, " ");
}
