import { createHash } from "node:crypto";
import { CiloError } from "../base/errors.ts";

/** Longest project or environment name. */
export const maxSlugLength = 40;
/** Longest DNS label, in octets (RFC 1035 section 2.3.4). */
export const maxLabelLength = 63;
/** Longest Compose project name: it becomes part of host names of containers, so it is kept within one label. */
export const maxComposeProjectLength = 63;

const slugPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
/** Environment names that would capture names other software gives a meaning (RFC 6761; WPAD and ISATAP discovery). */
const reservedEnvironmentNames = new Set(["ns", "localhost", "wpad", "isatap"]);

export type SlugKind = "project" | "environment";

/**
 * Checks a project or environment name. It does not guess: a wrong name is refused with the slug that would do.
 * @throws CILO_NAME_INVALID
 */
export function parseSlug(text: string, kind: SlugKind): string {
  const problem = findSlugProblem(text, kind);
  if (problem === null) return text;
  const suggestion = toSlug(text);
  throw new CiloError("CILO_NAME_INVALID", `${kind} name ${JSON.stringify(text)} ${problem}`, {
    hint:
      suggestion === null || findSlugProblem(suggestion, kind) !== null
        ? "use lower-case letters, digits and hyphens, with a letter or digit at both ends"
        : `use "${suggestion}"`,
    details: { name: text, suggestion },
  });
}

/** Tells whether text has the form of a project or environment name. */
export function isSlug(text: string): boolean {
  return text.length <= maxSlugLength && slugPattern.test(text);
}

function findSlugProblem(text: string, kind: SlugKind): string | null {
  if (text === "") return "is empty";
  if (text.length > maxSlugLength) return `is ${text.length} characters long, the limit is ${maxSlugLength}`;
  if (!slugPattern.test(text)) return "is not made of lower-case letters, digits and inner hyphens only";
  if (kind === "environment" && reservedEnvironmentNames.has(text)) return "is reserved";
  // A URL whose host ends in digits only is read as an IPv4 address, and all digits look like one octet of it.
  if (kind === "environment" && /^[0-9]+$/.test(text)) return "is all digits, which URLs take for a part of an address";
  return null;
}

/** Turns any text into a slug of at most 40 characters, or null when nothing of it can be kept. */
export function toSlug(text: string): string | null {
  const label = toHostLabel(text);
  if (label === null) return null;
  return label.length <= maxSlugLength ? label : trimHyphens(label.slice(0, maxSlugLength));
}

/**
 * Maps any name to a label that works as a host name everywhere: NFKC, lower case, anything else becomes a hyphen
 * (RFC 1123 section 2.1). Longer than 63 characters: the tail is replaced by a hash.
 * @returns null when no letter or digit is left.
 */
export function toHostLabel(name: string): string | null {
  const label = trimHyphens(
    name
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/-{2,}/g, "-"),
  );
  if (label === "") return null;
  return label.length <= maxLabelLength ? label : shortenWithHash(label, name, maxLabelLength);
}

function trimHyphens(text: string): string {
  return text.replace(/^-+|-+$/g, "");
}

function shortenWithHash(text: string, source: string, maxLength: number): string {
  return `${trimHyphens(text.slice(0, maxLength - 7))}-${hashOf(source, 6)}`;
}

function hashOf(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/** The labels one service answers to within its environment. */
export interface ServiceLabels {
  /** The one that is shown, used in URLs and given back by PTR. */
  canonical: string;
  /** Every label, `canonical` first. */
  all: string[];
  /** The service that has the label this one would have been shown by; null when it has it itself. */
  displacedBy: string | null;
}

/**
 * Gives every service its labels. A name that is a legal single label is served as it is (lower-cased), and in host-name form as well:
 * `my_db` answers as `my-db` and `my_db`. Where two services want one label, the service really called so has it, else the first
 * by name; the other's canonical label gets four hex digits, more where that is a service's, too.
 * @returns one entry a service; equal input gives equal output, whatever its order.
 */
export function labelServices(serviceNames: readonly string[]): Map<string, ServiceLabels> {
  const services = [...serviceNames].sort();
  const owners = ownersOfRawLabels(services);
  const labels = new Map<string, ServiceLabels>();
  for (const service of services) {
    const { canonical, displacedBy } = claimCanonicalLabel(service, owners);
    const raw = toRawLabel(service);
    const all = raw !== null && raw !== canonical && owners.get(raw) === service ? [canonical, raw] : [canonical];
    labels.set(service, { canonical, all, displacedBy });
  }
  return labels;
}

/** `web` has its name before `Web`, which is it in lower case only. */
function ownersOfRawLabels(services: readonly string[]): Map<string, string> {
  const owners = new Map<string, string>();
  const exact = services.filter((service) => toRawLabel(service) === service);
  for (const service of [...exact, ...services]) {
    const raw = toRawLabel(service);
    if (raw !== null && !owners.has(raw)) owners.set(raw, service);
  }
  return owners;
}

/** The service's own name, lower-cased, where it can be one DNS label as it stands; a dot would make it several. */
function toRawLabel(service: string): string | null {
  const raw = service.toLowerCase();
  return /^[a-z0-9_-]{1,63}$/.test(raw) ? raw : null;
}

function claimCanonicalLabel(
  service: string,
  owners: Map<string, string>,
): Pick<ServiceLabels, "canonical" | "displacedBy"> {
  const wanted = toHostLabel(service) ?? `service-${hashOf(service, 4)}`;
  const owner = owners.get(wanted) ?? service;
  const canonical = owner === service ? wanted : toDistinctLabel(wanted, service, owners);
  owners.set(canonical, service);
  return { canonical, displacedBy: owner === service ? null : owner };
}

function toDistinctLabel(wanted: string, service: string, owners: ReadonlyMap<string, string>): string {
  for (let digits = 4; ; digits += 4) {
    const distinct = `${trimHyphens(wanted.slice(0, maxLabelLength - 1 - digits))}-${hashOf(service, digits)}`;
    if (!owners.has(distinct)) return distinct;
  }
}

/**
 * The Compose project name of an environment: `cilo-<project>-<env>`, with a hash of both in place of the tail when it is longer than 63 characters or
 * is already another environment's (`a-b`/`c` and `a`/`b-c` come out alike).
 */
export function toComposeProjectName(project: string, environment: string, taken: ReadonlySet<string>): string {
  const plain = `cilo-${project}-${environment}`;
  if (plain.length <= maxComposeProjectLength && !taken.has(plain)) return plain;
  return shortenWithHash(plain.slice(0, maxComposeProjectLength), `${project}/${environment}`, maxComposeProjectLength);
}

/** The key in a copy of the environment's own network, which a service without `networks` joins. */
export const ownNetworkKey = "default";

/** The name on the engine of a network of an environment: of its own one, or of one of the project's that it keeps. */
export function toNetworkName(composeProject: string, key: string = ownNetworkKey): string {
  return `${composeProject}_${key}`;
}
