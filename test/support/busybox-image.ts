import { chmod, copyFile, mkdir, mkdtemp, open, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { exec } from "../../src/base/exec.ts";
import { docker } from "./engine.ts";

const applets = [
  ..."awk cat chmod cp date echo env false find grep head hostname httpd id ifconfig ip kill ls mkdir mv nc nslookup".split(
    " ",
  ),
  ..."ping printf ps pwd rm sed sh sleep sync tail tar test touch tr true udhcpc uname wc wget".split(" "),
];
const directories = ["bin", "dev", "etc", "proc", "sys", "tmp", "var", "www"];

export interface TestImage {
  /** Takes the tag off; the image goes with it unless a container still uses it. No error when it is gone. */
  remove(): Promise<void>;
}

/**
 * Gives the engine an image named `tag` made of the static busybox of this machine: no registry can be reached where tests run.
 * `/www` is there for httpd, and there is neither ENTRYPOINT nor CMD. Test files run in parallel, so each takes a tag of its own.
 * @throws where no static busybox is on PATH.
 */
export async function ensureBusyboxImage(tag: string): Promise<TestImage> {
  const busybox = await findStaticBusybox();
  const folder = await mkdtemp(join(tmpdir(), "cilo-busybox-"));
  try {
    const archive = await packRoot(folder, busybox);
    await docker("import", archive, tag);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    async remove() {
      const result = await exec("docker", ["image", "rm", "--force", tag], { timeoutMs: 60_000 });
      if (result.exitCode !== 0 && !/no such image/i.test(result.stderr)) {
        throw new Error(`docker image rm ${tag}: ${result.stderr.trim()}`);
      }
    },
  };
}

async function packRoot(folder: string, busybox: string): Promise<string> {
  const root = join(folder, "root");
  await Promise.all(directories.map((name) => mkdir(join(root, name), { recursive: true })));
  await chmod(join(root, "tmp"), 0o1777);
  await copyFile(busybox, join(root, "bin/busybox"));
  await chmod(join(root, "bin/busybox"), 0o755);
  await Promise.all(applets.map((name) => symlink("busybox", join(root, "bin", name))));
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  await writeFile(join(root, "etc/group"), "root:x:0:\n");

  const archive = join(folder, "root.tar");
  const tar = await exec("tar", ["--create", "--file", archive, "--directory", root, "."], { timeoutMs: 60_000 });
  if (tar.exitCode !== 0) throw new Error(`tar: ${tar.stderr.trim()}`);
  return archive;
}

async function findStaticBusybox(): Promise<string> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, "busybox");
    if (await isStaticProgram(candidate)) return candidate;
  }
  throw new Error('no static busybox is on PATH: run "apt-get install busybox-static"');
}

/** A dynamically linked ELF program names its loader in a PT_INTERP program header (elf(5)); a static one has none. */
async function isStaticProgram(path: string): Promise<boolean> {
  const header = await readStart(path, 4096);
  if (header === null || header.length < 64 || header.toString("latin1", 0, 4) !== "\u007fELF") return false;
  // Class 2 is 64-bit, data 1 little-endian: every machine the tests run on.
  if (header[4] !== 2 || header[5] !== 1) return false;
  const ptInterp = 3;
  const tableOffset = Number(header.readBigUInt64LE(32));
  const entrySize = header.readUInt16LE(54);
  const entryCount = header.readUInt16LE(56);
  for (let index = 0; index < entryCount; index++) {
    const offset = tableOffset + index * entrySize;
    if (offset + 4 > header.length || header.readUInt32LE(offset) === ptInterp) return false;
  }
  return true;
}

async function readStart(path: string, lengthBytes: number): Promise<Buffer | null> {
  try {
    await using file = await open(path, "r");
    const { buffer, bytesRead } = await file.read(Buffer.alloc(lengthBytes), 0, lengthBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  }
}
