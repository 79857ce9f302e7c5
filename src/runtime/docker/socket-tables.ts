import { readFile } from "node:fs/promises";
import { hasErrorCode } from "../../base/errors.ts";

/**
 * Reads /proc/net/tcp and tcp6 of a container's network namespace from this machine's /proc; see proc(5).
 * @param root where /proc is.
 * @returns null where that pid is not the container's here: the engine is on another machine or in another pid
 * namespace, or the container is gone.
 */
export async function readSocketTables(
  container: { id: string; pid: number | null },
  root = "/proc",
): Promise<string | null> {
  if (container.pid === null) return null;
  const process = `${root}/${container.pid}`;
  try {
    // The same number may be another process here; the engine names a container's control group after its id.
    if (!(await readFile(`${process}/cgroup`, "utf8")).includes(container.id)) return null;
    const tables = await Promise.all(["tcp", "tcp6"].map((name) => readTable(`${process}/net/${name}`)));
    return tables.join("");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "EACCES", "EPERM", "ESRCH", "ENOTDIR", "EINVAL")) return null;
    throw error;
  }
}

/** A kernel without IPv6 has no table of it. */
async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (path.endsWith("6") && hasErrorCode(error, "ENOENT")) return "";
    throw error;
  }
}
