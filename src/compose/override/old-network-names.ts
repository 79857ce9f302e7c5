import type { ComposeService } from "../model.ts";
import type { RewriteContext } from "./concern.ts";

/**
 * Replaces the name of a network of the project by the environment's where a label or variable whose key speaks of a network holds exactly
 * that (`traefik.docker.network`). Parts of values stay: many a network is called by an ordinary word.
 */
export function rewriteOldNetworkNames(context: RewriteContext, service: ComposeService): ComposeService {
  const names = new Set(Object.entries(context.reading.base.networks).map(([key, network]) => network?.name ?? key));
  const { labels, environment } = service;
  return {
    ...service,
    ...(labels ? { labels: replaceNames(labels, names, context.networkName) } : {}),
    ...(environment ? { environment: replaceNames(environment, names, context.networkName) } : {}),
  };
}

function replaceNames(
  values: Readonly<Record<string, string | null>>,
  names: ReadonlySet<string>,
  networkName: string,
): Record<string, string | null> {
  const entries = Object.entries(values).map(([key, value]): [string, string | null] =>
    /network/i.test(key) && value !== null && names.has(value) ? [key, networkName] : [key, value],
  );
  return Object.fromEntries(entries);
}
