import { domainToASCII } from "node:url";
import { maxLabelLength } from "../model/names.ts";
import { unescapeDollars } from "./model.ts";

/** Longest name in its usual text form: 255 octets on the wire (RFC 1035 section 2.3.4), less the root label and a length octet. */
const maxNameLength = 253;
/** Underscores are not host-name characters, but service names have them and resolvers accept them. */
const labelPattern = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Splits the label `cilo.hostnames`: names separated by commas or whitespace, lower-cased, each once, without final dots. A wildcard (`*.shop.example`) is
 * one of them, and so is a name in any script.
 */
export function splitHostnames(label: string): { names: string[]; problems: string[] } {
  const names = new Set<string>();
  const problems: string[] = [];
  for (const text of unescapeDollars(label).split(/[\s,]+/)) {
    if (text === "") continue;
    const name = text.toLowerCase().replace(/\.$/, "");
    if (toExactName(name.replace(/^\*\./, "")) === null) {
      problems.push(
        `${JSON.stringify(text)} is not a host name and is left out (labels are letters, digits and inner hyphens)`,
      );
    } else {
      names.add(name);
    }
  }
  return { names: [...names], problems };
}

/** The name as DNS has it, other scripts encoded (RFC 3492); null for a wildcard and for what is no host name. */
export function toExactName(name: string): string | null {
  const isAscii = /^[\u0020-\u007e]*$/.test(name);
  const encoded = isAscii ? name : domainToASCII(name);
  const isName =
    encoded.length <= maxNameLength &&
    encoded.split(".").every((label) => label.length <= maxLabelLength && labelPattern.test(label));
  return isName ? encoded : null;
}
