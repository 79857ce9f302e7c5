import { CiloError } from "../../base/errors.ts";
import type { NameKey } from "../wire/name.ts";
import { toDomainKey } from "./domain-key.ts";
import { parseUpstream, type Upstream } from "./upstream.ts";

/** A server that a person chose. */
export interface ChosenUpstream {
  /** It is asked for names of this domain alone; null: for every name. */
  domain: NameKey | null;
  server: Upstream;
}

/**
 * Reads a choice: a server as `parseUpstream` takes it, or one for a domain and all below it,
 * "corp.example=10.8.0.1:53". The domain may be in any script, and "." is every name.
 * @throws CILO_USAGE
 */
export function parseChosenUpstream(text: string): ChosenUpstream {
  const at = text.indexOf("=");
  if (at === -1) return { domain: null, server: parseUpstream(text.trim()) };
  const domain = toDomainKey(text.slice(0, at).trim());
  if (domain === null) {
    throw new CiloError("CILO_USAGE", `${JSON.stringify(text)} does not begin with a domain`, {
      hint: 'put a domain before "=" and a server behind it, as in "cilo dns start --upstream corp.example=10.8.0.1"',
    });
  }
  return { domain: domain === "" ? null : domain, server: parseUpstream(text.slice(at + 1).trim()) };
}
