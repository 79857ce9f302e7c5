import { maxLabelLength } from "../model/names.ts";

/** Room that is left in a name of 253 characters for `service.project.env.` in front of the suffix, at their longest. */
const maxSuffixLength = 253 - (maxLabelLength + 1 + 40 + 1 + 40 + 1);

/** Top-level domains that are nobody's on the internet: reserved, or kept apart by resolvers (RFC 6761, RFC 8375, systemd-resolved's negative trust anchors). */
const privateTopLevel = new Set(["test", "internal", "lan", "home", "corp", "intranet", "private", "localdomain"]);

/** Top-level domains that name resolution on every machine gives a meaning of its own. */
const reservedTopLevel = new Map([
  ["local", "is answered by multicast DNS (RFC 6762 section 3)"],
  ["localhost", "always means the machine's own loopback address (RFC 6761 section 6.3)"],
]);

/** Says why a text cannot be the DNS suffix of environments, or null when it can. */
export function findSuffixProblem(suffix: string): string | null {
  const allowed =
    'allowed are labels of lower-case letters, digits and inner hyphens joined by dots, such as "test" or "dev.test"';
  const labels = suffix.split(".");
  if (labels.some((label) => label.length > maxLabelLength || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)))
    return allowed;
  if (suffix.length > maxSuffixLength) return `which is longer than ${maxSuffixLength} characters`;
  const top = labels.at(-1) ?? "";
  if (/^[0-9]+$/.test(top)) return "whose last label is all digits, which URLs take for a part of an address";
  const reason = reservedTopLevel.get(top);
  if (reason === undefined && labels.length === 1 && !privateTopLevel.has(top)) {
    return `which is a whole top-level domain: its real names would be cut off; use "test", or a domain of yours such as "dev.example.${top}"`;
  }
  return reason === undefined ? null : `but a name under .${top} ${reason}; use another such as "test"`;
}
