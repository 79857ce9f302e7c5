import { isDeepStrictEqual } from "node:util";
import { type CollectionTag, parseDocument, type ScalarTag } from "yaml";
import type { CanonicalModel } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";

/** P15: the override is YAML that every reader reads alike, and what it says is in the merged model letter by letter. */
export function findMisreadText({ merged, facts }: Copy): string[] {
  const [older, newer] = (["1.1", "1.2"] as const).map((version) =>
    parseDocument(facts.override, { version, customTags, strict: true }),
  );
  const problems = [...(older?.errors ?? []), ...(newer?.errors ?? []), ...(newer?.warnings ?? [])].map(String);
  if (problems.length > 0) return problems;
  const said: unknown = newer?.toJS();
  if (!isDeepStrictEqual(older?.toJS(), said)) return ["YAML 1.1 and 1.2 read the override differently"];
  return findUnsaid(withoutOthers(said as OverrideText, merged), merged, []);
}

interface OverrideText {
  services?: Record<string, unknown>;
  volumes?: Record<string, unknown>;
  networks?: Record<string, unknown>;
  [section: string]: unknown;
}

/** Without what Compose leaves out of a model: services of other profiles, and networks and volumes that no service uses. */
function withoutOthers(said: OverrideText, merged: CanonicalModel): OverrideText {
  const { services = {}, volumes = {}, networks = {}, ...sections } = said;
  return {
    ...sections,
    services: pick(services, merged.services),
    volumes: pick(volumes, merged.volumes ?? {}),
    networks: pick(networks, merged.networks ?? {}),
  };
}

function pick(said: Record<string, unknown>, found: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(said).filter(([name]) => Object.hasOwn(found, name)));
}

/** Compose's own tags, for mappings, lists and `null`; what they do is seen in the merged model. */
const customTags: (ScalarTag | CollectionTag)[] = ["!override", "!reset"].flatMap((tag) => [
  { tag, collection: "map" as const },
  { tag, collection: "seq" as const },
  { tag, resolve: (text: string) => (text === "null" ? null : text) },
]);

/** Where the merged model says something else than the override; Compose prints what is removed as absent. */
function findUnsaid(said: unknown, found: unknown, path: readonly string[]): string[] {
  if (Array.isArray(said)) {
    if (said.length === 0 && (found === undefined || found === null)) return [];
    return isDeepStrictEqual(said, found) ? [] : [`${path.join(".")} is ${JSON.stringify(found)} after the merge`];
  }
  if (typeof said === "object" && said !== null) {
    // Keys are not read for variables, and are printed as if they were.
    const of = (key: string) => (found as CanonicalModel | null | undefined)?.[key.replaceAll("$", "$$$$")];
    return Object.entries(said).flatMap(([key, value]) => findUnsaid(value, of(key), [...path, key]));
  }
  if (said === null) return found === undefined || found === null ? [] : [`${path.join(".")} is left`];
  return said === found ? [] : [`${path.join(".")} is ${JSON.stringify(found)} after the merge`];
}
