import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";

/** The folder, beside package.json, with the files that the operating system needs. */
const directoryName = "resolver-setup";

/**
 * Finds the folder of templates: the nearest one on the way up. Thus the same call works from the source tree and from the bundle
 * of an installed package, which lie at different depths.
 * @param startDirectory where the running code lies (`import.meta.dirname`).
 * @throws CILO_BUG when the package is incomplete.
 */
export function findTemplateDirectory(startDirectory: string): string {
  for (let directory = startDirectory; ; directory = dirname(directory)) {
    const candidate = join(directory, directoryName);
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw incompletePackage(directoryName, startDirectory);
  }
}

/**
 * Reads one template.
 * @param name path inside the folder, "systemd-resolved/cilo.conf".
 * @throws CILO_BUG when the package is incomplete.
 */
export function loadTemplate(directory: string, name: string): string {
  try {
    return readFileSync(join(directory, name), "utf8");
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) throw incompletePackage(name, directory, error);
    throw error;
  }
}

function incompletePackage(name: string, place: string, cause?: unknown): CiloError {
  return new CiloError("CILO_BUG", `cannot find ${name} from ${place}: this installation of cilo is incomplete`, {
    hint: "install cilo again",
    cause,
  });
}
