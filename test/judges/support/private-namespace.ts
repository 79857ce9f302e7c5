import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../../src/base/exec.ts";
import { startChild } from "./child.ts";
import { missingTools } from "./tools.ts";

/** A network with nothing but a loopback interface of its own, and files of /etc of its own. */
export interface PrivateNamespace extends AsyncDisposable {
  /** What goes before a command to run it inside; the command's own path is absolute or on PATH. */
  prefix: readonly string[];
}

const isRoot = process.getuid?.() === 0;
const unshare = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--net", "--mount"];

/** Why tests in a namespace of their own cannot run here, else false. Where CI is set they run, and fail without it. */
export async function namespaceSkip(): Promise<string | false> {
  const missing = missingTools("unshare", "nsenter", "ip");
  if (missing !== false || process.env.CI === "true") return missing;
  const [file = "", ...args] = [...unshare, "true"];
  const { exitCode, stderr } = await exec(file, args, { timeoutMs: 10_000 });
  return exitCode === 0 ? false : `this machine lets nobody but root have a network of their own: ${stderr.trim()}`;
}

/** @param files contents by path, each of an existing file which it lies over inside: "/etc/resolv.conf". */
export async function createNamespace(files: Record<string, string>): Promise<PrivateNamespace> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-namespace-"));
  const mounts: string[] = [];
  for (const [index, [path, content]] of Object.entries(files).entries()) {
    const source = join(directory, String(index));
    await writeFile(source, content);
    mounts.push(source, path);
  }
  // It lasts until its stdin is closed: also when the tests are killed.
  const lay = 'while [ $# -gt 0 ]; do mount --bind "$1" "$2" || exit; shift 2; done';
  const script = `ip link set lo up || exit; ${lay}; echo up; exec cat`;
  const [file = "", ...args] = [...unshare, "sh", "-c", script, "sh", ...mounts];
  const child = await startChild(file, args, { isReady: (lines) => lines.includes("up") });
  const user = isRoot ? [] : ["--user", "--preserve-credentials"];
  return {
    prefix: ["nsenter", `--target=${child.pid}`, ...user, "--net", "--mount"],
    [Symbol.asyncDispose]: async () => {
      await child[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
