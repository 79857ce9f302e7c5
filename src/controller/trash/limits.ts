import type { Paths } from "../../base/paths.ts";
import type { TrashSettings } from "../../state/settings.ts";
import { readUserSettings } from "../settings.ts";
import type { TrashLimits } from "./list-trash.ts";

const defaultKeepDays = 7;
const defaultMaxSizeMb = 1024;
const bytesPerMb = 1024 * 1024;

/** What settings let the trash hold, and for how long; what they do not say has its default. */
export function trashLimitsOf({
  keepDays = defaultKeepDays,
  maxSizeMb = defaultMaxSizeMb,
}: TrashSettings): TrashLimits {
  return { keepDays, maxSizeBytes: maxSizeMb * bytesPerMb };
}

/** The same for the user's own settings. @throws CILO_CONFIG_INVALID */
export async function readTrashLimits(paths: Pick<Paths, "configFile">): Promise<TrashLimits> {
  return trashLimitsOf((await readUserSettings(paths)).trash);
}
