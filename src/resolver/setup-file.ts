import type { ResolverMechanism } from "./detect.ts";
import { dropInPath } from "./linux-facts.ts";

/**
 * The file by which the operating system is told to send a domain to us.
 * @param domain without dots at the ends; only macOS has a file for each.
 * @returns an absolute path; null where no mechanism is known.
 */
export function setupFileOf(mechanism: ResolverMechanism, domain: string): string | null {
  switch (mechanism) {
    case "dns-delegate":
      return "/etc/systemd/dns-delegate.d/cilo.dns-delegate";
    case "resolved-drop-in":
      return dropInPath;
    case "networkmanager-dnsmasq":
      return "/etc/NetworkManager/dnsmasq.d/cilo.conf";
    case "dnsmasq":
      return "/etc/dnsmasq.d/cilo.conf";
    case "macos-resolver":
      return `/etc/resolver/${domain}`;
    case "unknown":
      return null;
  }
}
