import { domainToASCII, domainToUnicode } from "node:url";
import { maxLabelLength } from "./names.ts";

/**
 * A name a user asks for with `cilo.hostnames`, checked. `name` is as DNS has it: lower case, other scripts encoded
 * (UTS 46), no final dot; a wildcard's is what stands after "*.", and empty for "*" alone. Without a dot it is relative
 * to the environment.
 */
export type CustomHostname = { kind: "exact" | "wildcard"; name: string } | { kind: "invalid"; reason: string };

/** Longest name in its usual text form: 255 octets on the wire (RFC 1035 section 2.3.4), less a length and the root. */
export const maxHostnameLength = 253;

/** Underscores are not host-name characters, but service names have them and resolvers accept them. */
const labelPattern = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/** What the conversion would decode, leave out or end at, and so make another name of what is none. */
const delimiters = /[\s/?#@:%\\]/;

/** Reads a name in any script. Never throws. */
export function parseHostname(text: string): CustomHostname {
  const ascii = toAsciiHostname(text);
  const isWildcard = ascii === "*" || ascii.startsWith("*.");
  const name = isWildcard ? ascii.slice(2) : ascii;
  const reason = findProblem(name, isWildcard);
  return reason === null ? { kind: isWildcard ? "wildcard" : "exact", name } : { kind: "invalid", reason };
}

/** Lower case, without a final dot, other scripts encoded; what cannot be encoded stays as it is. */
export function toAsciiHostname(text: string): string {
  const name = text.toLowerCase();
  const ascii = isAscii(name) || delimiters.test(name) ? name : domainToASCII(name) || name;
  return ascii.replace(/\.$/, "");
}

/** For people: with the letters that an encoded name stands for, "bücher.test (xn--bcher-kva.test)". */
export function showHostname(ascii: string): string {
  const unicode = ascii.includes("xn--") ? domainToUnicode(ascii) : ascii;
  return unicode === ascii || unicode === "" ? ascii : `${unicode} (${ascii})`;
}

function findProblem(name: string, isWildcard: boolean): string | null {
  if (name === "") return isWildcard ? null : "it is empty";
  const length = name.length + (isWildcard ? 2 : 0);
  if (length > maxHostnameLength) return `it is ${length} characters long, the limit is ${maxHostnameLength}`;
  const labels = name.split(".");
  const reason = labels.map(findLabelProblem).find((problem) => problem !== null);
  if (reason !== undefined) return reason;
  if (isWildcard && labels.length === 1) return "it would take a whole top-level domain";
  // Software that reads URLs takes a name whose last label is a number for an IPv4 address.
  if (labels.length > 1 && /^[0-9]+$/.test(labels.at(-1) ?? "")) return "it ends in a number, as addresses do";
  const isEncoded = labels.some((label) => label.startsWith("xn--"));
  return isEncoded && !isDecodable(name) ? "its encoded form (xn--) is not that of any letters" : null;
}

function findLabelProblem(label: string): string | null {
  if (label.length > maxLabelLength) {
    return `its label ${JSON.stringify(label)} is ${label.length} characters long, the limit is ${maxLabelLength}`;
  }
  if (label === "*") return 'only the first label can be "*"';
  return labelPattern.test(label) ? null : `${JSON.stringify(label)} is no label (letters, digits and inner hyphens)`;
}

/** Node leaves what it cannot decode as it is, or empties it. */
function isDecodable(ascii: string): boolean {
  const unicode = domainToUnicode(ascii);
  return !unicode.split(".").some((label) => label.startsWith("xn--")) && domainToASCII(unicode) === ascii;
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
  return /^[\x00-\x7f]*$/.test(text);
}
