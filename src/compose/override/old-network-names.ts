import { ownNetworkKey } from "../../model/names.ts";
import { keptKeysOf } from "../kept-networks.ts";
import type { ComposeService } from "../model.ts";
import type { RewriteContext } from "./concern.ts";

/**
 * Replaces the name of a network of the project by that of the one in its place where a label or variable whose key
 * speaks of a network holds exactly that (`traefik.docker.network`). Parts of values stay: many a network is called by
 * an ordinary word.
 */
export function rewriteOldNetworkNames(context: RewriteContext, service: ComposeService): ComposeService {
  const names = namesByOldName(context);
  const { labels, environment } = service;
  return {
    ...service,
    ...(labels ? { labels: replaceNames(labels, names) } : {}),
    ...(environment ? { environment: replaceNames(environment, names) } : {}),
  };
}

function namesByOldName({ reading, networkNames }: RewriteContext): Map<string, string> {
  const kept = keptKeysOf(reading);
  return new Map(
    Object.entries(reading.base.networks).flatMap(([key, network]): [string, string][] => {
      const name = networkNames.get(kept.get(key) ?? ownNetworkKey);
      return name === undefined ? [] : [[network?.name ?? key, name]];
    }),
  );
}

function replaceNames(
  values: Readonly<Record<string, string | null>>,
  names: ReadonlyMap<string, string>,
): Record<string, string | null> {
  const entries = Object.entries(values).map(([key, value]): [string, string | null] =>
    /network/i.test(key) && value !== null ? [key, names.get(value) ?? value] : [key, value],
  );
  return Object.fromEntries(entries);
}
