import type { ContainerFacts } from "../model/engine.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";

/**
 * The volumes without a name that these containers use. They carry no label of ours, so they must be known before their containers go.
 * @returns sorted names.
 */
export async function collectAnonymousVolumes(
  runtime: Pick<RuntimeProvider, "inspectContainer">,
  containers: readonly Pick<ContainerFacts, "id">[],
): Promise<string[]> {
  const details = await Promise.all(containers.map(({ id }) => runtime.inspectContainer(id)));
  return [...new Set(details.flatMap((container) => container?.anonymousVolumes ?? []))].sort();
}
