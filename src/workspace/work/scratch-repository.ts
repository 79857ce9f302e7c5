import { mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CiloError, hasErrorCode } from "../../base/errors.ts";
import { type BytePath, childOf, toBuffer, toBytePath } from "../byte-path.ts";
import { exists } from "../presence.ts";
import { removeTree } from "../remove-tree.ts";
import { linesOf, plainGit } from "./plain-git.ts";

/** A working tree and the git directories it goes by, all absolute. */
export interface WorkingTree {
  /** Its top. */
  top: BytePath;
  /** Where its HEAD and index are. */
  gitDirectory: BytePath;
  /** Where its objects are; another one for a linked worktree. */
  common: BytePath;
}

/**
 * A repository of our own that borrows the objects of others: commands that read a work tree run here, where no configuration but ours names a
 * program, and references can be made without writing to anybody's repository.
 */
export interface ScratchRepository extends AsyncDisposable {
  /** Absolute. */
  gitDirectory: BytePath;
}

/** What decides how files are compared with the index, and starts nothing. */
const harmlessKeys = "^core\\.(autocrlf|eol|safecrlf|filemode|ignorecase|symlinks|precomposeunicode|excludesfile)$";

/**
 * Makes a scratch repository with the HEAD, index and excludes of a working tree.
 * @param options.stores git directories whose objects it borrows besides the working tree's own
 */
export async function openScratch(
  tree: Pick<WorkingTree, "gitDirectory" | "common">,
  options: { head: string | null; stores: readonly BytePath[]; signal?: AbortSignal | undefined },
): Promise<ScratchRepository> {
  const scratch = toBytePath(await mkdtemp(join(tmpdir(), "cilo-git-")).catch(throwScratchFailure));
  const dispose = () => removeTree(scratch);
  try {
    const config = await readHarmlessConfig(tree.common, options.signal);
    const write = (name: string, text: string) => writeFile(toBuffer(childOf(scratch, name)), text, "latin1");
    for (const name of ["objects", "objects/info", "refs", "info"]) await mkdir(toBuffer(childOf(scratch, name)));
    await write("HEAD", `${options.head ?? "ref: refs/heads/none"}\n`);
    await write("config", config);
    const stores = [tree.common, ...options.stores].map((store) => `${childOf(store, "objects")}\n`);
    await write("objects/info/alternates", stores.join(""));
    for (const [name, target] of await findBorrowed(tree)) {
      await symlink(toBuffer(target), toBuffer(childOf(scratch, name)));
    }
  } catch (error) {
    await dispose();
    throwScratchFailure(error);
  }
  return { gitDirectory: scratch, [Symbol.asyncDispose]: dispose };
}

function throwScratchFailure(cause: unknown): never {
  if (!hasErrorCode(cause, "ENOSPC", "EDQUOT")) throw cause;
  throw new CiloError("CILO_DISK_FULL", `cannot look into a repository: no space left in ${tmpdir()}`, {
    hint: "free some space there, or set TMPDIR to a directory that has some",
    cause,
  });
}

async function readHarmlessConfig(common: BytePath, signal: AbortSignal | undefined): Promise<string> {
  const place = { gitDirectory: common, workTree: null };
  const [settings, format] = await Promise.all([
    plainGit(place, ["config", "--includes", "--get-regexp", harmlessKeys], { signal, answers: [1] }),
    plainGit(place, ["config", "--get", "extensions.objectformat"], { signal, answers: [1] }),
  ]);
  const core = linesOf(settings).map((line) => {
    const [name = "", ...value] = line.split(" ");
    return `\t${name.slice("core.".length)} = ${JSON.stringify(value.join(" "))}\n`;
  });
  const isOtherFormat = format.trim() !== "";
  const extensions = isOtherFormat ? `[extensions]\n\tobjectformat = ${format.trim()}\n` : "";
  const version = `\trepositoryformatversion = ${isOtherFormat ? 1 : 0}\n\tbare = false\n`;
  return Buffer.from(`[core]\n${core.join("")}${version}${extensions}`, "utf8").toString("latin1");
}

/** Files of a repository that are read where they are, by the names they get here. */
async function findBorrowed({ gitDirectory, common }: Pick<WorkingTree, "gitDirectory" | "common">) {
  const names = (await readdir(toBuffer(gitDirectory), { encoding: "latin1" })) as BytePath[];
  const own = names.filter((name) => name === "index" || name.startsWith("sharedindex."));
  const borrowed: [BytePath, BytePath][] = own.map((name) => [name, childOf(gitDirectory, name)]);
  for (const name of ["shallow", "info/exclude"] as BytePath[]) {
    if (await exists(childOf(common, name))) borrowed.push([name, childOf(common, name)]);
  }
  return borrowed;
}
