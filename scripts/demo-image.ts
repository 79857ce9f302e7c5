import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CiloError } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { type ArchiveEntry, createTar } from "./root-filesystem.ts";
import { findStaticBinary, type StaticBinary } from "./static-binary.ts";

/** What fixtures/shop and the tests run. */
export const demoImage = "cilo-demo-busybox";

const timeoutMs = 60_000;

export interface DemoImage {
  /** Whether it was there already. */
  existed: boolean;
  /** Removes the image, unless it was there before. */
  remove(): Promise<void>;
}

/**
 * Makes the image `cilo-demo-busybox` of a static busybox, so that no registry is needed. The engine is the one `docker` talks to.
 * Not for two processes at once: each would make one, and the first would lose its name.
 * @throws CILO_COMMAND_FAILED when this machine has no static busybox, or the engine refuses.
 */
export async function ensureDemoImage(): Promise<DemoImage> {
  if (await hasImage(demoImage)) return { existed: true, remove: async () => {} };
  await importBusyboxImage(demoImage);
  return { existed: false, remove: () => removeImage(demoImage) };
}

/**
 * Gives the engine an image of that name: a static busybox with all its applets in /bin.
 * @throws CILO_COMMAND_FAILED as ensureDemoImage does.
 */
export async function importBusyboxImage(name: string): Promise<void> {
  const busybox = await findStaticBinary("busybox", process.env);
  if (busybox === null) {
    throw new CiloError("CILO_COMMAND_FAILED", `cannot make the image ${name}: there is no statically linked busybox`, {
      hint: "install one: busybox-static on Debian, Ubuntu and Alpine (apt-get install busybox-static), busybox on Fedora",
    });
  }
  await importImage(name, createTar(rootFilesystemOf(busybox, await listApplets(busybox))));
}

/** Takes an image's name away, and with it the image unless something still uses it. No error when it is gone. */
export async function removeImage(name: string): Promise<void> {
  if (await hasImage(name)) await docker(["image", "rm", "--force", name]);
}

async function hasImage(name: string): Promise<boolean> {
  const result = await exec("docker", ["image", "inspect", name], { timeoutMs });
  return result.exitCode === 0;
}

/** Names it goes by in the image; it is asked itself, as builds differ. */
async function listApplets(busybox: StaticBinary): Promise<string[]> {
  const result = await exec(busybox.path, ["--list"], { timeoutMs });
  return result.stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
}

function rootFilesystemOf(busybox: StaticBinary, applets: readonly string[]): ArchiveEntry[] {
  return [
    { kind: "directory", path: "bin", mode: 0o755 },
    { kind: "file", path: "bin/busybox", mode: 0o755, content: busybox.content },
    ...applets.map((name): ArchiveEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
    { kind: "directory", path: "tmp", mode: 0o1777 },
  ];
}

async function importImage(name: string, archive: Uint8Array): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-demo-image-"));
  try {
    const path = join(directory, "root-filesystem.tar");
    await writeFile(path, archive);
    await docker(["image", "import", "--change", 'CMD ["sh"]', path, name]);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function docker(args: readonly string[]): Promise<void> {
  const result = await exec("docker", args, { timeoutMs });
  if (result.exitCode === 0) return;
  const reason = result.stderr.trim() || result.startFailure || "it did not end in time";
  throw new CiloError("CILO_COMMAND_FAILED", `docker ${args.join(" ")} failed: ${reason}`);
}
