import { maxLabelLength } from "../../model/names.ts";

/**
 * A domain name as the zone knows it: its wire form without the closing root label, ASCII letters in lower case, one
 * character an octet. "\x03web\x04test" is web.test, "" the root. Labels keep their borders, so a dot inside a label
 * cannot be taken for one (RFC 2181 section 11), and a length octet (at most 63) is never a letter.
 */
export type NameKey = string;

/** Octets of a whole name with its root label (RFC 1035 section 2.3.4). */
export const maxNameBytes = 255;

/**
 * The key of a name written with dots, a final one allowed; null when it is no name: an empty or too long label, too
 * long as a whole, or characters outside ASCII (see `toAsciiHostname` for those).
 */
export function toNameKey(text: string): NameKey | null {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (name === "") return "";
  let key = "";
  for (const label of name.split(".")) {
    if (label === "" || label.length > maxLabelLength) return null;
    key += String.fromCharCode(label.length) + label;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: length octets and control characters are octets like others
  if (!/^[\x00-\x7f]*$/.test(key) || key.length + 1 > maxNameBytes) return null;
  return key.toLowerCase();
}

/** The name one label up; the root's is "". */
export function parentOf(key: NameKey): NameKey {
  return key.slice(key.charCodeAt(0) + 1);
}

/** The leftmost label put before a name. */
export function childOf(key: NameKey, label: string): NameKey {
  return String.fromCharCode(label.length) + label + key;
}

/** How many labels a name has; the root has none. */
export function countLabels(key: NameKey): number {
  let count = 0;
  for (let rest = key; rest !== ""; rest = parentOf(rest)) count += 1;
  return count;
}

/** Wire form, uncompressed. */
export function toWireName(key: NameKey): Buffer {
  return Buffer.from(`${key}\0`, "latin1");
}

/** Copies wire octets to a key, folding A to Z and nothing else (RFC 4343 section 3). */
export function toKeyFromWire(packet: Buffer, start: number, end: number): NameKey {
  return packet.toString("latin1", start, end).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Text for people, without a final dot; octets that text cannot show are escaped as in zone files (RFC 1035 section
 * 5.1).
 */
export function formatName(key: NameKey): string {
  const labels: string[] = [];
  for (let rest = key; rest !== ""; rest = parentOf(rest))
    labels.push(formatLabel(rest.slice(1, rest.charCodeAt(0) + 1)));
  return labels.length === 0 ? "." : labels.join(".");
}

function formatLabel(label: string): string {
  return label.replace(/[^a-zA-Z0-9_*-]/g, (octet) =>
    /[!-~]/.test(octet) ? `\\${octet}` : `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`,
  );
}
