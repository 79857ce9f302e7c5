import { readFile, stat } from "node:fs/promises";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import type { SettingsChecks } from "./settings-rules.ts";

/** What the user's own `config.yml` says of the DNS server; what it does not say is left out. */
export interface DnsSettings {
  /** UDP and TCP port; 0 takes a free one. */
  port?: number;
  /** IP address to listen on. */
  address?: string;
  /** As `cilo dns start --upstream` takes them. */
  upstreams?: string[];
  /** Addresses and CIDRs of clients that are answered besides this machine's own. */
  allow?: string[];
  logQueries?: boolean;
  blockRebinding?: boolean;
  firefoxCanary?: boolean;
}

/** What it says of the subnets that environments get. */
export interface NetworkSettings {
  /** CIDR from which every environment gets a /24. */
  baseSubnet?: string;
  /** CIDR from which every network that an environment keeps gets one. */
  keptBaseSubnet?: string;
}

/** What it says of destroyed environments that can still be brought back. */
export interface TrashSettings {
  /** Days after which they go; 0 keeps none. */
  keepDays?: number;
  /** What all of them may have together, in MiB; the oldest go first. */
  maxSizeMb?: number;
}

/** What `$CILO_HOME/config.yml` says; it belongs to the user and is never written. */
export interface Settings {
  dns: DnsSettings;
  network: NetworkSettings;
  trash: TrashSettings;
}

/** Far more than settings need, in bytes: what is longer is another file. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads `$CILO_HOME/config.yml`; nothing is said where there is no such file.
 * @param checks a part that does not use a value need not bring what judges it.
 * @throws CILO_CONFIG_INVALID
 */
export async function readSettings(file: string, checks: SettingsChecks): Promise<Settings> {
  const text = await readText(file);
  if (text === null) return { dns: {}, network: {}, trash: {} };
  // Most have no such file and need no YAML.
  const { parseSettings } = await import("./parse-settings.ts");
  return parseSettings(text, { file, checks });
}

async function readText(file: string): Promise<string | null> {
  try {
    const found = await stat(file);
    // A pipe would be waited on for ever.
    if (!found.isFile()) throw unreadable(file, "it is no file");
    if (found.size > maxFileBytes) throw unreadable(file, "it is longer than 1 MiB");
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    if (!hasErrorCode(error, "EACCES", "EPERM", "ELOOP")) throw error;
    throw unreadable(file, messageOf(error), error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): CiloError {
  return new CiloError("CILO_CONFIG_INVALID", `cannot read ${file}: ${why}`, {
    hint: `run "ls -ld ${file}" to see what it is and whose`,
    details: { file },
    cause,
  });
}
