import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { systemEnvironment } from "../../../scripts/apt.ts";
import { type ExecOptions, exec } from "../../../src/base/exec.ts";

/** The programs that judge, each with the Debian package it comes in. */
export const toolPackages = {
  busybox: "busybox-static",
  dig: "bind9-dnsutils",
  dnsmasq: "dnsmasq-base",
  drill: "ldnsutils",
  gcc: "gcc",
  getent: "libc-bin",
  ip: "iproute2",
  kdig: "knot-dnsutils",
  mmdebstrap: "mmdebstrap",
  "musl-gcc": "musl-tools",
  nmap: "nmap",
  nsenter: "util-linux",
  unbound: "unbound",
  unshare: "util-linux",
} as const;

export type Tool = keyof typeof toolPackages;

/** Why tests that need these programs cannot run here, else false. Where CI is set they run, and fail without them. */
export function missingTools(...tools: Tool[]): string | false {
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0 || process.env.CI === "true") return false;
  const wanted = new Set(missing.map((tool) => toolPackages[tool]));
  return `not installed: ${missing.join(", ")} (Debian: apt-get install ${[...wanted].join(" ")})`;
}

/** Why tests that only root can run cannot run here, else false. Where CI is set they run, and fail. */
export function needsRoot(what: string): string | false {
  return process.getuid?.() === 0 || process.env.CI === "true" ? false : `${what} needs root`;
}

function isInstalled(tool: string): boolean {
  return (systemEnvironment().PATH ?? "").split(delimiter).some((directory) => isProgram(join(directory, tool)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program, found in the system's own folders as well, and gives what it wrote on stdout.
 * @throws with all it said when it does not end with 0 within 30 s, or within `timeoutMs`.
 */
export async function runTool(file: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  const result = await exec(file, args, { env: systemEnvironment(), timeoutMs: 30_000, ...options });
  if (result.exitCode === 0) return result.stdout;
  const ending = result.startFailure ?? (result.timedOut ? "no end in time" : `exit code ${result.exitCode}`);
  throw new Error(`${file} ${args.join(" ")}: ${ending}\n${result.stderr}\n${result.stdout}`);
}
