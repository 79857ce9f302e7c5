import { type NameKey, toNameKey } from "../dns/wire/name.ts";

/** Where this name does not exist, Firefox leaves names to the system (its canary domain). */
const firefoxCanaryName = toNameKey("use-application-dns.net");

/**
 * Makes the check for names that are not ours and are still asked of nobody, but answered NXDOMAIN.
 * @param options.isOwnProbe whether a name is one that we sent to see whether our own queries come back.
 */
export function createWithheldNames(options: {
  firefoxCanary: boolean;
  isOwnProbe: (name: NameKey) => boolean;
}): (name: NameKey) => boolean {
  const { firefoxCanary, isOwnProbe } = options;
  return (name) => (firefoxCanary && name === firefoxCanaryName) || isOwnProbe(name);
}
