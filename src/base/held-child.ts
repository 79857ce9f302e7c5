import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Writable } from "node:stream";
import { faultPoint } from "./fault-point.ts";

/** How a child is started that does not begin its work before it is let go. */
export interface HeldCommand {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /**
   * What it waits for on `holdDescriptor`. When that is closed without it, as it is when this process dies, the child
   * ends and has done nothing.
   */
  permission: string;
}

/** The child's end of a pipe; closed in the program that is held back. */
export const holdDescriptor = 3;

/** exec keeps the pid and the start time: who notes them of the shell has noted the program's. */
const shellHolder = 'IFS= read -r _ <&3 && exec "$@" 3<&-';

/**
 * NODE_OPTIONS and the like are for the program, so all of its environment comes with the permission. Node.js ignores
 * two signals, which a program would inherit; what is handled is set back to the default by execve(2).
 */
const nodeHolder = `
const { readFileSync, closeSync } = require("node:fs");
const text = readFileSync(3, "utf8");
closeSync(3);
if (text.endsWith("\\n")) {
  const { path, args, env } = JSON.parse(text);
  for (const signal of ["SIGPIPE", "SIGXFSZ"]) process.on(signal, () => {});
  process.execve(path, args, env);
}`;

/**
 * Wraps a program so that it waits. A shell starts in a millisecond, and hands on no variable whose name is none of its
 * own ("discovery.type"); where there are such, Node.js waits in its place.
 */
export async function toHeldCommand(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<HeldCommand> {
  const path = Object.keys(env).every(isKeptByShells) ? null : await findProgram(file, env);
  if (path === null) {
    return { file: "/bin/sh", args: ["-c", shellHolder, "sh", file, ...args], env, permission: "\n" };
  }
  const permission = `${JSON.stringify({ path, args: [file, ...args], env })}\n`;
  return { file: process.execPath, args: ["--no-warnings", "--eval", nodeHolder], env: {}, permission };
}

/** Functions that bash exports are read by bash alone. */
function isKeptByShells(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith("BASH_FUNC_");
}

/** Lets a held child begin. One that has ended meanwhile is not told. */
export function letGo(hold: Writable | null | undefined, permission: string): void {
  // Where it is not read any more, how the child ended is in its result.
  hold?.on("error", () => {});
  hold?.end(permission);
  faultPoint("child.let-go");
}

/**
 * Says why a held program did not start, where it did not: shells end with 126 or 127 then, and so do programs that
 * choose to.
 * @returns Node's code, or null.
 */
export async function findStartFailure(
  file: string,
  exitCode: number | null,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  if (exitCode !== 126 && exitCode !== 127) return null;
  return (await findProgram(file, env)) === null ? "ENOENT" : null;
}

/** The program that a shell or spawn(2) would start, or null. */
async function findProgram(file: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const candidates = file.includes("/")
    ? [file]
    : (env.PATH ?? "").split(delimiter).map((directory) => join(directory, file));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
