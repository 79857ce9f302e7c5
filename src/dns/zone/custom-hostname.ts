import { domainToASCII, domainToUnicode } from "node:url";
import { type NamedEnvironment, toAbsoluteHostname } from "../../model/host-names.ts";
import type { NameKey } from "../wire/name.ts";
import { toNameKey } from "../wire/name.ts";

/** An entry of `cilo.hostnames`, checked. A wildcard's `name` is what stands after "*.". */
export type CustomHostname =
  | { kind: "exact" | "wildcard"; name: NameKey; text: string }
  | { kind: "invalid"; text: string; reason: string };

const labelPattern = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/** Reads an entry: relative or absolute, in any script (UTS 46), with an asterisk as the leftmost label at most. */
export function parseCustomHostname(environment: NamedEnvironment, entry: string): CustomHostname {
  const text = toAbsoluteHostname(environment, entry.trim());
  const isWildcard = text.startsWith("*.");
  const unicode = isWildcard ? text.slice(2) : text;
  const ascii = isAscii(unicode) ? unicode : domainToASCII(unicode);
  const name = toNameKey(ascii);
  const isName = toNameKey(isWildcard ? `*.${ascii}` : ascii) !== null;
  const reason = isName ? findProblem(ascii, isWildcard) : "it is not a domain name";
  if (name === null || reason !== null) return { kind: "invalid", text, reason: reason ?? "" };
  return { kind: isWildcard ? "wildcard" : "exact", name, text: isWildcard ? `*.${ascii}` : ascii };
}

function findProblem(ascii: string, isWildcard: boolean): string | null {
  const labels = ascii.split(".");
  const wrong = labels.find((label) => !labelPattern.test(label));
  if (wrong !== undefined) return `"${wrong}" is no label of a host name`;
  if (labels.length < 2) return isWildcard ? "it would take a whole top-level domain" : "it is a top-level domain";
  // Software that reads URLs takes a name whose last label is a number for an IPv4 address.
  if (/^[0-9]+$/.test(labels.at(-1) ?? "")) return "it ends in a number, as addresses do";
  if (labels.some((label) => label.startsWith("xn--")) && !isDecodable(ascii)) {
    return "its encoded form (xn--) is not that of any letters";
  }
  return null;
}

/** Node leaves what it cannot decode as it is. */
function isDecodable(ascii: string): boolean {
  const unicode = domainToUnicode(ascii);
  return !unicode.split(".").some((label) => label.startsWith("xn--")) && domainToASCII(unicode) === ascii;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
  return /^[\x00-\x7f]*$/.test(text);
}
