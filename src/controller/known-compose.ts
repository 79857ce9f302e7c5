import type { RuntimeProvider } from "../runtime/provider.ts";

/**
 * Has Compose do something while it is asked for its version: that takes as long as a part of the work, and what a version too old makes of a project is not
 * what is wrong with the project.
 * @throws CILO_COMPOSE_MISSING, CILO_COMPOSE_TOO_OLD, and only then what the work threw.
 */
export async function withKnownCompose<T>(
  runtime: Pick<RuntimeProvider, "composeVersion">,
  work: () => Promise<T>,
): Promise<T> {
  const [version, result] = await Promise.allSettled([runtime.composeVersion(), work()]);
  if (version.status === "rejected") throw version.reason;
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
