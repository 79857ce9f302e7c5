import { labelKeys } from "../../model/labels.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";

/**
 * Removes probe containers that a run left which was killed; those that another run may be using at this moment stay.
 */
export async function removeStaleProbes(runtime: RuntimeProvider, installation: string, now: Date): Promise<void> {
  const containers = await runtime.listContainers({ [labelKeys.installation]: installation });
  const stale = containers.filter(({ labels }) => {
    const inUseUntil = labels[labelKeys.probe];
    return inUseUntil !== undefined && !(Date.parse(inUseUntil) > now.getTime());
  });
  await Promise.all(stale.map(({ id }) => runtime.probing.removeProbeContainer(id)));
}
