import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTar } from "../../scripts/root-filesystem.ts";
import { findStaticBinary } from "../../scripts/static-binary.ts";
import { docker } from "./engine.ts";

/**
 * Gives the engine an image with one program and nothing else, as distroless ones are: no shell, no tool. It is a
 * busybox under the name of its web server, which is all it can be called as. To be removed by whoever made it.
 */
export async function importBareImage(tag: string): Promise<void> {
  const busybox = await findStaticBinary("busybox", process.env);
  if (busybox === null) throw new Error("there is no statically linked busybox on this machine");
  const directory = await mkdtemp(join(tmpdir(), "cilo-bare-image-"));
  try {
    const path = join(directory, "root-filesystem.tar");
    await writeFile(path, createTar([{ kind: "file", path: "httpd", mode: 0o755, content: busybox.content }]));
    await docker("image", "import", "--change", 'CMD ["/httpd", "-f", "-p", "80", "-h", "/"]', path, tag);
  } finally {
    await rm(directory, { recursive: true });
  }
}
