import { chooseLinuxMechanism } from "./choose-linux-mechanism.ts";
import type { ResolverEnvironment } from "./environment.ts";
import { observeLinux } from "./linux-facts.ts";

export { type ResolverEnvironment, systemResolverEnvironment } from "./environment.ts";

/** How the operating system can be told to send our zone to us; "unknown": by none of these. */
export type ResolverMechanism =
  | "dns-delegate"
  | "resolved-drop-in"
  | "networkmanager-dnsmasq"
  | "dnsmasq"
  | "macos-resolver"
  | "unknown";

export interface DetectedMechanism {
  mechanism: ResolverMechanism;
  /** What was seen that decides it, for people: one sentence without a full stop. */
  reason: string;
  /** What stands in the way of names even with the files installed; each says what to do. */
  warnings: string[];
}

/**
 * Finds out how this machine resolves names. Only looks: changes nothing, and asks no name server.
 */
export async function detectMechanism(environment: ResolverEnvironment): Promise<DetectedMechanism> {
  if (environment.platform === "darwin") {
    return {
      mechanism: "macos-resolver",
      reason: "macOS reads a file in /etc/resolver for every domain that has its own server",
      warnings: [],
    };
  }
  if (environment.platform === "linux") return chooseLinuxMechanism(await observeLinux(environment));
  return { mechanism: "unknown", reason: `no way is known for ${environment.platform}`, warnings: [] };
}
