import { type CanonicalModel, textsIn } from "./canonical-model.ts";
import type { Copies, Copy } from "./copies.ts";

/** P12: no value has an address of a network of the project's, which is gone, unless the user is told; and none leads into another copy. */
export function findLeftBehind({ a, b }: Copies): string[] {
  return [...findOldAddresses(a), ...findOldAddresses(b), ...findForeignPaths(a, b), ...findForeignPaths(b, a)];
}

function findOldAddresses({ base, merged, facts }: Copy): string[] {
  const subnets = subnetsOf(base);
  const ofServices = ipv6AddressesOf(base);
  // Nothing of a stub ever runs.
  const stubs = facts.shared.map((name) => `service ${name}`);
  const subjects = subjectsOf(merged).filter(({ subject }) => !stubs.includes(subject));
  return subjects.flatMap(({ subject, value }) =>
    textsIn(value).flatMap(({ path, text }) =>
      [...(text.match(/[\d.]*\d/g) ?? []), ...(text.match(/[0-9a-f]*:[0-9a-f:]+/gi) ?? [])]
        .filter((number) => !number.startsWith(`${facts.subnet}.`))
        .filter((number) => isInside(number, subnets) || ofServices.has(number))
        .filter((number) => !facts.messages.some((said) => said.startsWith(`${subject}:`) && said.includes(number)))
        .map((number) => `${subject}: ${path} has the address ${number}, and nobody is told`),
    ),
  );
}

function findForeignPaths({ merged }: Copy, other: Copy): string[] {
  return subjectsOf(merged).flatMap(({ subject, value }) =>
    textsIn(value)
      .filter(({ text }) => text.includes(other.facts.workspaceRoot))
      .map(({ path }) => `${subject}: ${path} leads into another copy`),
  );
}

function subjectsOf({ services, volumes = {}, networks: _, ...sections }: CanonicalModel) {
  return [
    ...Object.entries(services).map(([name, value]) => ({ subject: `service ${name}`, value: value as unknown })),
    ...Object.entries(volumes).map(([name, value]) => ({ subject: `volume ${name}`, value: value as unknown })),
    ...Object.entries(sections).flatMap(([section, value]) => subjectsOfSection(section, value)),
  ];
}

/** The configs and secrets of a model; no program reads an extension but to copy it elsewhere in the file. */
function subjectsOfSection(section: string, value: unknown): { subject: string; value: unknown }[] {
  if (section.startsWith("x-")) return [];
  if (typeof value !== "object" || value === null) return [{ subject: "the project", value: { [section]: value } }];
  return Object.entries(value).map(([name, item]) => ({
    subject: `${section.replace(/s$/, "")} ${name}`,
    value: item,
  }));
}

/** Addresses of version 6 that services have, none of which a copy has. */
function ipv6AddressesOf({ services }: CanonicalModel): Set<string> {
  const attachments = Object.values(services).flatMap(({ networks }) => Object.values(networks ?? {}));
  return new Set(attachments.flatMap((attachment) => attachment?.ipv6_address ?? []));
}

interface Subnet {
  first: number;
  size: number;
}

function subnetsOf({ networks = {} }: CanonicalModel): Subnet[] {
  return Object.values(networks)
    .flatMap((network) => network?.ipam?.config ?? [])
    .flatMap(({ subnet = "" }) => {
      const [address = "", length] = subnet.split("/");
      const first = toNumber(address);
      return first === null || length === undefined ? [] : [{ first, size: 2 ** (32 - Number(length)) }];
    });
}

function isInside(text: string, subnets: readonly Subnet[]): boolean {
  const number = toNumber(text);
  return number !== null && subnets.some(({ first, size }) => number >= first && number < first + size);
}

/** An IPv4 address as a number; null for any other text, such as one with a zero in front. */
function toNumber(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}
