import { defaultUpstreamPort, type ServerGroup, type Upstream } from "./upstream.ts";

/**
 * The `nameserver` lines of a resolv.conf(5), all of them: the limit of three is the C library's. They take every
 * name; a search list is about short names, not about who is asked.
 */
export function parseResolvConf(text: string): ServerGroup {
  const servers: Upstream[] = [];
  for (const line of text.split(/\r?\n/)) {
    // Comments start with "#" or ";" in the first column, or after an address where people put them.
    const [keyword, address] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && address !== undefined) servers.push({ address, port: defaultUpstreamPort });
  }
  return { servers, domains: [], takes: "others" };
}
