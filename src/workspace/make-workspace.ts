import type { BytePath } from "./byte-path.ts";
import { toCopyFailure } from "./copy-failure.ts";
import { prepareStaging } from "./staging.ts";

/**
 * Makes a workspace that is no copy of anything: it is filled beside its place and renamed, so that it is there whole or not at all.
 * @param options.destination absolute; nothing may be there
 * @throws CILO_COPY_FAILED, CILO_DISK_FULL, and what filling it throws; nothing is left then
 */
export async function makeWorkspace(options: {
  destination: string;
  signal?: AbortSignal | undefined;
  fill(copyRoot: BytePath): Promise<void>;
}): Promise<void> {
  const staging = await prepareStaging(options.destination);
  try {
    await options.fill(staging.path);
    options.signal?.throwIfAborted();
    await staging.commit();
  } catch (error) {
    await staging.discard();
    throw toCopyFailure(error, options.destination, options.signal);
  }
}
