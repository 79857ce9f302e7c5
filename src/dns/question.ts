import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { CiloError } from "../base/errors.ts";
import { maxLabelLength } from "../model/names.ts";
import { maxNameBytes, type NameKey, toNameKey } from "./wire/name.ts";
import { parseRecordType } from "./wire/protocol-numbers.ts";

/** What is asked, as a person may write it. */
export interface Question {
  /** ASCII, other scripts encoded (RFC 3492); without a final dot but for the root, which is ".". */
  name: string;
  key: NameKey;
  type: number;
}

/** What stands in a message of a name that somebody pasted, in characters. */
const maxQuotedLength = 80;

/**
 * Reads a name and a type as a person gives them.
 * @param name in any script; a final dot is allowed.
 * @param type "A", "https", "TYPE65".
 * @throws CILO_USAGE, with the command that was probably meant.
 */
export function parseQuestion(name: string, type: string): Question {
  const number = parseRecordType(type);
  if (number === null) throw notAType(name, type);
  const meant = findWhatWasMeant(name);
  if (meant !== null) throw notAName(name, meant.problem, `give the name alone: "cilo dns query ${meant.command}"`);
  const problem = findNameProblem(name);
  const isAscii = /^[!-~]*$/.test(name);
  const ascii = isAscii ? name : domainToASCII(name);
  const key = problem === null ? toNameKey(ascii) : null;
  // An empty text is the root to `toNameKey`, and what domainToASCII returns for no name at all.
  if (key === null || ascii === "") {
    const hint = 'give a name of labels and dots: "cilo dns query web.login.test"';
    throw notAName(name, problem ?? findNameProblem(ascii) ?? "is not a domain name", hint);
  }
  return { name: key === "" ? "." : ascii.replace(/\.$/, ""), key, type: number };
}

/**
 * The name that an address is looked up by: "10.0.224.10.in-addr.arpa" (RFC 1035 section 3.5), 32 nibbles below
 * ip6.arpa for IPv6 (RFC 3596 section 2.5).
 * @throws CILO_USAGE
 */
export function reverseNameOf(address: string): string {
  if (isIP(address) === 0 || address.includes("%")) {
    throw new CiloError("CILO_USAGE", `${quote(address)} is not an IP address`, {
      hint: 'give an address such as 10.224.0.10: "cilo dns query --reverse 10.224.0.10"',
    });
  }
  const octets = ipaddr.process(address).toByteArray();
  if (octets.length === 4) return `${octets.toReversed().join(".")}.in-addr.arpa`;
  const nibbles = octets.flatMap((octet) => [octet >> 4, octet & 0x0f]);
  return `${nibbles
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join(".")}.ip6.arpa`;
}

function findNameProblem(name: string): string | null {
  if (name === "") return "is empty";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  if (/[\s\u0000-\u001f\u007f]/.test(name)) return "has a space or a control character in it";
  if (name === ".") return null;
  const labels = name.replace(/\.$/, "").split(".");
  if (labels.includes("")) return "has an empty label: two dots in a row, or one in front";
  const isAscii = /^[!-~]*$/.test(name);
  const long = isAscii ? labels.find((label) => label.length > maxLabelLength) : undefined;
  if (long !== undefined) return `has a label of ${long.length} octets, the limit is ${maxLabelLength}`;
  // A length octet for each label, and the root label's.
  const bytes = labels.join("").length + labels.length + 1;
  return isAscii && bytes > maxNameBytes ? `takes ${bytes} octets, the limit is ${maxNameBytes}` : null;
}

/** What people paste in place of a name, and the arguments that ask for what they meant. */
function findWhatWasMeant(name: string): { problem: string; command: string } | null {
  if (isIP(name) !== 0) return { problem: "is an address", command: `--reverse ${name}` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(name) && URL.canParse(name)) {
    return { problem: "is a URL", command: new URL(name).hostname };
  }
  const [, host] = /^([^:/\s]+):\d{1,5}$/.exec(name) ?? [];
  return host === undefined ? null : { problem: "has a port", command: host };
}

function notAName(name: string, problem: string, hint: string): CiloError {
  return new CiloError("CILO_USAGE", `${quote(name)} ${problem}`, { hint });
}

function notAType(name: string, type: string): CiloError {
  const isSwapped = parseRecordType(name) !== null;
  const hint = isSwapped
    ? `put the name first: "cilo dns query ${type} ${name}"`
    : 'use a type such as A, AAAA, PTR or TYPE65: "cilo dns query web.login.test A"';
  return new CiloError("CILO_USAGE", `${quote(type)} is not a record type`, { hint });
}

function quote(text: string): string {
  return JSON.stringify(text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength - 3)}...` : text);
}
