import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const digPath = "/usr/bin/dig";

/**
 * Why tests that need dig cannot run here, else false. Where CI is set they run, and fail without it.
 */
export const digIsMissing =
  existsSync(digPath) || process.env.CI === "true"
    ? false
    : "dig is not installed (Debian: apt-get install bind9-dnsutils)";

/** A reply as dig understands it; records as in zone files, with one blank between fields. */
export interface DigReply {
  status: string;
  flags: string;
  /** The OPT record without its cookie, "version: 0, flags:; udp: 1232"; null without one. */
  edns: string | null;
  answer: string[];
  authority: string[];
}

/** Asks a server on 127.0.0.1; `args` are dig's own. */
export async function dig(port: number, args: readonly string[]): Promise<DigReply> {
  const fixed = ["@127.0.0.1", "-p", String(port), "+tries=1", "+time=5", "+nocookie"];
  const { stdout } = await run(digPath, ["-r", ...fixed, ...args], { timeout: 20_000 });
  const status = /status: (\w+)/.exec(stdout)?.[1];
  if (status === undefined) throw new Error(`dig understood no reply: ${stdout}`);
  return {
    status,
    flags: /^;; flags: ([^;]*);/m.exec(stdout)?.[1] ?? "",
    edns: /^; EDNS: (.*)$/m.exec(stdout)?.[1]?.trim() ?? null,
    answer: readSection(stdout, "ANSWER"),
    authority: readSection(stdout, "AUTHORITY"),
  };
}

function readSection(output: string, name: string): string[] {
  const section = new RegExp(`^;; ${name} SECTION:\\n((?:[^\\n]+\\n)*)`, "m").exec(output)?.[1] ?? "";
  const lines = section.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.replace(/\s+/g, " "));
}
