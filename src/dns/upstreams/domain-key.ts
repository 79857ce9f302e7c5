import { domainToASCII } from "node:url";
import { type NameKey, toNameKey } from "../wire/name.ts";

/** The key of a domain as people and systems write it, in any script and case; "" for ".", null for what is none. */
export function toDomainKey(text: string): NameKey | null {
  if (text === "") return null;
  const key = toNameKey(text);
  if (key !== null) return key;
  const ascii = domainToASCII(text);
  return ascii === "" ? null : toNameKey(ascii);
}

/** The keys of those that are domains; the root is none that names could be told apart by. */
export function toDomainKeys(texts: readonly string[]): NameKey[] {
  return texts.map(toDomainKey).filter((key): key is NameKey => key !== null && key !== "");
}
