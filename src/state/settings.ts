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

/** What `$CILO_HOME/config.yml` says; it belongs to the user and is never written. */
export interface Settings {
  dns: DnsSettings;
}

/** Far more than settings need, in bytes: what is longer is another file. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads `$CILO_HOME/config.yml`; nothing is said where there is no such file.
 * @throws CILO_CONFIG_INVALID
 */
export async function readSettings(file: string, checks: SettingsChecks): Promise<Settings> {
  const text = await readText(file);
  if (text === null) return { dns: {} };
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
