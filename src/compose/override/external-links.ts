/**
 * Reads an entry of external_links, `container[:alias]`.
 */
export function parseExternalLink(link: string): { container: string; alias: string } {
  const separator = link.indexOf(":");
  return separator === -1
    ? { container: link, alias: link }
    : { container: link.slice(0, separator), alias: link.slice(separator + 1) };
}
