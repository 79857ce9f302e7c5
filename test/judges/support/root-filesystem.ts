import { createHash } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasErrorCode } from "../../../src/base/errors.ts";
import { runTool } from "./tools.ts";

/** Debian 12 has systemd 252; forky, the one after 13, has dns-delegates (258 and later). */
export type Suite = "bookworm" | "forky";

/** The C++ library is node's. */
const packages = "systemd systemd-sysv systemd-resolved dbus libnss-resolve iproute2 mount libstdc++6".split(" ");
/** Takes 20 s where the mirror is near. */
const timeoutMs = 120_000;

/**
 * Makes the file system of a small Debian machine with systemd-resolved, or takes the one made by an earlier run out of
 * $XDG_CACHE_HOME, else the temporary directory.
 * @returns the path of a tar archive, which is to stay where it is.
 * @throws when the machine's package sources name no Debian mirror, or not everything could be had from it.
 */
export async function makeRootFilesystem(suite: Suite): Promise<string> {
  const directory = join(process.env.XDG_CACHE_HOME || tmpdir(), "cilo-judges");
  const recipe = createHash("sha256").update(packages.join()).digest("hex").slice(0, 8);
  const archive = join(directory, `${suite}-${process.arch}-${recipe}.tar`);
  if (await exists(archive)) return archive;
  await mkdir(directory, { recursive: true });
  const unfinished = join(directory, `${process.pid}.tar`);
  try {
    await runTool(
      "mmdebstrap",
      [
        "--variant=essential",
        `--include=${packages.join()}`,
        "--aptopt=APT::Install-Recommends false",
        // A mirror may be a snapshot, whose signed list of files is past its date.
        "--aptopt=Acquire::Check-Valid-Until false",
        suite,
        unfinished,
        await findMirror(),
      ],
      { timeoutMs },
    );
    await rename(unfinished, archive);
  } finally {
    await rm(unfinished, { force: true });
  }
  return archive;
}

/** The one that this machine's own packages come from. */
async function findMirror(): Promise<string> {
  const format = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)";
  const targets = await runTool("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const prefix = "Debian|Debian|main|";
  const line = targets.split("\n").find((target) => target.startsWith(prefix));
  if (line === undefined) throw new Error("this machine's package sources name no Debian mirror");
  return line.slice(prefix.length);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return false;
    throw error;
  }
}
