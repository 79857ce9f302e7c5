import { isAbsolute, normalize } from "node:path";
import type { Finding } from "../../model/finding.ts";
import { isOutside } from "../is-outside.ts";
import { toPairs, toTexts } from "../loose-values.ts";
import { unescapeDollars } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";

/** Finds build caches that a copy writes and others read, or write as well. What is only read (`cache_from`) changes nothing for anybody. */
export function findSharedBuildCaches({ services, reading }: OverrideContext): Finding[] {
  return services.flatMap(({ name, service }) => {
    const probe = new Set(toTexts(fieldOf(reading.probe.services[name]?.build, "cache_to")));
    return toTexts(fieldOf(service.build, "cache_to")).flatMap((entry): Finding[] => {
      const cache = parseCache(unescapeDollars(entry));
      if (!probe.has(entry) || (cache.type === "local" && !leavesCopy(cache.dest, reading.workspaceRoot))) return [];
      const isInline = cache.type === "inline";
      return [
        {
          rule: "shared-build-cache",
          action: "kept",
          shared: !isInline,
          level: isInline ? "note" : "warning",
          path: ["services", name, "build", "cache_to"],
          ...(cache.type === null ? {} : { item: `type=${cache.type}` }),
          statement: isInline
            ? "build.cache_to is inline: the cache is in the copy's own image, where only the copy finds it"
            : `build.cache_to of type ${cache.type ?? "registry"} is the same in every copy, so each build writes over the cache of the others`,
          hint: isInline
            ? null
            : "put ${COMPOSE_PROJECT_NAME} into the cache's name, or leave cache_to to the build server",
        },
      ];
    });
  });
}

/** Reads `type=local,dest=…`; a reference alone is short for a registry's. */
function parseCache(entry: string): { type: string | null; dest: string } {
  if (!entry.includes("=")) return { type: null, dest: "" };
  const options = new Map(toPairs(entry.split(",")));
  return { type: options.get("type") ?? null, dest: options.get("dest") ?? "" };
}

/** A relative path starts from the project's directory, which is in the copy. */
function leavesCopy(dest: string, workspaceRoot: string): boolean {
  return isAbsolute(dest) ? isOutside(dest, workspaceRoot) : normalize(dest).startsWith("..");
}
