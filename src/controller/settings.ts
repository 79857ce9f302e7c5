import type { Paths } from "../base/paths.ts";
import { findBaseSubnetProblem } from "../network/base-subnet.ts";
import { readSettings, type Settings } from "../state/settings.ts";

/**
 * What the user's own `config.yml` says. Its servers and client ranges are not judged here: the DNS server, which uses
 * them, says what is wrong with one.
 * @throws CILO_CONFIG_INVALID
 */
export async function readUserSettings({ configFile }: Pick<Paths, "configFile">): Promise<Settings> {
  return await readSettings(configFile, { findBaseSubnetProblem });
}
