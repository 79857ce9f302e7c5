/**
 * Top-level domains that browsers open by HTTPS only, as a whole: the ones a developer may come upon, not all.
 * @see https://hstspreload.org
 */
const httpsOnlyDomains = new Set(
  "app bank boo channel dad day dev esq foo ing insurance meme mov new nexus page phd prof rsvp zip".split(" "),
);

/**
 * Why a name may not work on this machine although cilo answers for it; null when nothing is known.
 * @param name lower case, without a final dot.
 */
export function findHostnameHazard(name: string): string | null {
  const topLevel = name.slice(name.lastIndexOf(".") + 1);
  if (topLevel === "local")
    return "names under .local belong to multicast DNS, and many resolvers do not ask cilo for them";
  if (topLevel === "localhost") return "resolvers and browsers take every name under .localhost for this machine";
  if (httpsOnlyDomains.has(topLevel)) return `browsers open names under .${topLevel} by HTTPS only`;
  return null;
}
