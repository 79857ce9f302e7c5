import { exec } from "../../../src/base/exec.ts";

/** A program the bench measures or measures with, and the Debian package it comes in. */
interface Program {
  file: string;
  debianPackage: string;
  versionArgs: readonly string[];
  pattern: RegExp;
}

const programs = {
  dnsperf: { file: "dnsperf", debianPackage: "dnsperf", versionArgs: ["-h"], pattern: /Version (\S+)/ },
  dnsmasq: { file: "dnsmasq", debianPackage: "dnsmasq-base", versionArgs: ["--version"], pattern: /version (\S+)/ },
  unbound: { file: "unbound", debianPackage: "unbound", versionArgs: ["-V"], pattern: /^Version (\S+)/ },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

/** Versions of the programs that are installed here; null for those that are not. */
export type Installed = Readonly<Record<ProgramName, string | null>>;

/** Looks which programs there are. */
export async function findInstalled(): Promise<Installed> {
  const entries = Object.entries(programs).map(async ([name, program]) => [name, await findVersion(program)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Installed;
}

/** What to do about those of the programs that are missing; one line each. */
export function explainMissing(installed: Installed, names: readonly ProgramName[]): string[] {
  return names
    .filter((name) => installed[name] === null)
    .map((name) => `${name} is not installed here: run "sudo apt-get install ${programs[name].debianPackage}"`);
}

async function findVersion({ file, versionArgs, pattern }: Program): Promise<string | null> {
  const result = await exec(file, versionArgs, { timeoutMs: 5_000, env: withAdministratorPrograms() });
  if (result.startFailure !== null) return null;
  return pattern.exec(result.stdout + result.stderr)?.[1] ?? "of unknown version";
}

/** Debian keeps servers where an ordinary user's PATH does not lead. */
export function withAdministratorPrograms(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin` };
}
