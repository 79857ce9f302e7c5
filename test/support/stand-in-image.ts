import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ArchiveEntry, createTar } from "../../scripts/root-filesystem.ts";
import { findStaticBinary } from "../../scripts/static-binary.ts";
import { exec } from "../../src/base/exec.ts";
import { docker } from "./engine.ts";

/**
 * What every service runs in the place of its own program, whatever arguments it is given. It goes on where port 80 is another's already, as in a
 * network that services have in common, and ends at once on any signal that asks a program to.
 */
const program = `#!/bin/busybox sh
trap 'kill $listener; exit 0' TERM INT QUIT HUP USR1
busybox httpd -f -p 80 -h /srv 2>&1 &
listener=$!
wait $listener
busybox sleep 2147483647 &
listener=$!
wait $listener
`;

/** The page that every stand-in serves on port 80. */
export const standInPage = "stand-in";

/** Where the program is in the image. */
export const standInProgram = "/bin/stand-in";

/**
 * Gives the engine an image that every service of a project can run, made of this machine's static busybox.
 * @param users what services say they run as ("neo4j:neo4j", "50000:0"): those with names are known in the image.
 */
export async function importStandInImage(name: string, users: readonly string[]): Promise<void> {
  const busybox = await findStaticBinary("busybox", process.env);
  if (busybox === null) throw new Error("there is no statically linked busybox to make a stand-in image of");
  const listing = await exec(busybox.path, ["--list"], { timeoutMs: 10_000 });
  const applets = listing.stdout.split("\n").filter((applet) => applet !== "" && applet !== "busybox");
  const text = (path: string, content: string, mode = 0o644): ArchiveEntry => ({
    kind: "file",
    path,
    mode,
    content: Buffer.from(content),
  });
  const archive = createTar([
    { kind: "directory", path: "bin", mode: 0o755 },
    { kind: "file", path: "bin/busybox", mode: 0o755, content: busybox.content },
    ...applets.map((applet): ArchiveEntry => ({ kind: "link", path: `bin/${applet}`, target: "busybox" })),
    text("bin/stand-in", program, 0o755),
    { kind: "directory", path: "etc", mode: 0o755 },
    ...accountFiles(users).map(([path, content]) => text(path, content)),
    { kind: "directory", path: "srv", mode: 0o755 },
    text("srv/index.html", standInPage),
    { kind: "directory", path: "tmp", mode: 0o1777 },
  ]);
  await importArchive(name, archive);
}

function accountFiles(users: readonly string[]): [path: string, content: string][] {
  const isName = (text: string | undefined): text is string => text !== undefined && !/^[0-9]*$/.test(text);
  const names = new Set(users.flatMap((user) => user.split(":")).filter(isName));
  names.delete("root");
  const numbered = [...names].map((name, index) => ({ name, id: 1000 + index }));
  return [
    [
      "etc/passwd",
      ["root:x:0:0::/:/bin/sh", ...numbered.map(({ name, id }) => `${name}:x:${id}:${id}::/:/bin/sh`), ""].join("\n"),
    ],
    ["etc/group", ["root:x:0:", ...numbered.map(({ name, id }) => `${name}:x:${id}:`), ""].join("\n")],
  ];
}

async function importArchive(name: string, archive: Buffer): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-stand-in-"));
  try {
    const path = join(directory, "root-filesystem.tar");
    await writeFile(path, archive);
    await docker("image", "import", "--change", `ENTRYPOINT ["${standInProgram}"]`, path, name);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Whether the engine may run containers with all rights: one inside a container may have few itself. */
export async function canBePrivileged(image: string): Promise<boolean> {
  const run = await exec("docker", ["run", "--rm", "--privileged", image, "true"], { timeoutMs: 30_000 });
  return run.exitCode === 0;
}

/** Names that images have on the engine, "postgres:16"; those without a name are not among them. */
async function listImageNames(): Promise<Set<string>> {
  const text = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}");
  return new Set(text.split("\n").filter((name) => name !== "" && !name.includes("<none>")));
}

/**
 * Tags the stand-in as every one of these names. An image that has one of them is somebody's: then nothing is tagged.
 * @returns takes off those names, and no others.
 * @throws when a name is taken.
 */
export async function tagStandIn(image: string, names: readonly string[]): Promise<() => Promise<void>> {
  const taken = await listImageNames();
  const collisions = names.filter((name) => taken.has(toListedName(name)));
  if (collisions.length > 0) throw new Error(`the engine has images of its own named ${collisions.join(", ")}`);
  const tagged: string[] = [];
  const untag = async () => {
    while (tagged.length > 0) await docker("image", "rm", "--no-prune", ...tagged.splice(0, 50));
  };
  try {
    for (const name of names) {
      await docker("image", "tag", image, name);
      tagged.push(name);
    }
  } catch (error) {
    await untag();
    throw error;
  }
  return untag;
}

/** As the engine lists it: without the default registry, with a tag. */
function toListedName(name: string): string {
  const short = name.replace(/^docker\.io\//, "").replace(/^library\//, "");
  return /:[^/]+$/.test(short) ? short : `${short}:latest`;
}
