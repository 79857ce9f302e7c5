import { spawnSync } from "node:child_process";
import { open, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { World } from "./world.ts";

/** A world's CILO_HOME on a file system of its own, which can be filled up and made read-only. */
export interface SmallHome extends AsyncDisposable {
  /** Takes all the space there is but so many bytes. */
  fill(leftBytes?: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  setReadOnly(isReadOnly: boolean): void;
}

/** Says why a file system cannot be mounted here, or false: the value of a test's `skip` option. */
export function mountSkip(): string | false {
  if (process.platform === "linux" && process.getuid?.() === 0) return false;
  return "needs root on Linux to mount a small file system";
}

const blockBytes = 4096;

/** Puts a small file system in the place of a world's home, which is as it was when the world is made: state only. */
export async function mountSmallHome({ home }: World, sizeKib: number): Promise<SmallHome> {
  const state = await readFile(join(home, "state.json"));
  mount("-t", "tmpfs", "-o", `size=${sizeKib}k,mode=700`, "cilo-small-home", home);
  await writeFile(join(home, "state.json"), state, { mode: 0o600 });
  const ballast = join(home, "ballast");
  return {
    async fill(leftBytes = 0) {
      await using file = await open(ballast, "w");
      const { bavail, bsize } = await statfs(home);
      const blocks = Math.max(0, Math.floor((bavail * bsize - leftBytes) / blockBytes));
      await file.writeFile(Buffer.alloc(blocks * blockBytes, 1));
    },
    async free() {
      await rm(ballast, { force: true });
    },
    setReadOnly: (isReadOnly) => mount("-o", `remount,${isReadOnly ? "ro" : "rw"}`, home),
    async [Symbol.asyncDispose]() {
      spawnSync("/bin/umount", ["--lazy", home]);
    },
  };
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync("/bin/mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}`);
}
