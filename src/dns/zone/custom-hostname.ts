import { parseHostname, showHostname } from "../../model/custom-hostname.ts";
import { type NamedEnvironment, toAbsoluteHostname } from "../../model/host-names.ts";
import type { NameKey } from "../wire/name.ts";
import { toNameKey } from "../wire/name.ts";

/** An entry of `cilo.hostnames`, checked. A wildcard's `name` is what stands after "*."; `text` is for people. */
export type CustomHostname =
  | { kind: "exact" | "wildcard"; name: NameKey; text: string }
  | { kind: "invalid"; text: string; reason: string };

/** Reads an entry: relative or absolute, in any script (UTS 46), with an asterisk as the leftmost label at most. */
export function parseCustomHostname(environment: NamedEnvironment, entry: string): CustomHostname {
  const text = toAbsoluteHostname(environment, entry.trim());
  const hostname = parseHostname(text);
  if (hostname.kind === "invalid") return { ...hostname, text };
  const name = toNameKey(hostname.name);
  if (name === null || name === "") return { kind: "invalid", text, reason: "it is not a domain name" };
  return { kind: hostname.kind, name, text: showHostname(text) };
}
