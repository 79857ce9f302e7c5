import { exec } from "../../src/base/exec.ts";
import { docker } from "./engine.ts";

/** Something on the engine. An image that goes by several names is there once for each. */
export interface EngineObject {
  kind: "container" | "network" | "volume" | "image";
  name: string;
  /** Its name again for a volume, which has no other. */
  id: string;
  /** Whatever tells whose it is: names, labels, a container's image. */
  marks: string;
  /** Digests of an image's layers; none for the rest. */
  layers: readonly string[];
}

/** What tells the objects of a test from those of whatever else uses the engine meanwhile. */
export interface Ownership {
  /** Texts that stand in names or labels of what is the test's: an installation's id, names of Compose projects and of images. */
  marks: readonly string[];
  /** Names of volumes that its containers had: those without a name of the project's have no label either. */
  volumes: ReadonlySet<string>;
  /** The image, without a tag, that all images of the test's are made of: a build leaves some without names or labels. */
  baseImage: string;
}

/** Everything on the engine, whoever made it. */
export async function listEngineObjects(): Promise<EngineObject[]> {
  const [containers, networks, volumes, images] = await Promise.all([
    list("container", ["--all", "--no-trunc"], "{{.Names}}\t{{.ID}}\t{{.Image}}\t{{.Labels}}"),
    list("network", ["--no-trunc"], "{{.Name}}\t{{.ID}}\t{{.Labels}}"),
    list("volume", [], "{{.Name}}\t{{.Name}}\t{{.Labels}}"),
    listImages(),
  ]);
  return [...containers, ...networks, ...volumes, ...images];
}

async function list(
  kind: "container" | "network" | "volume",
  options: readonly string[],
  format: string,
): Promise<EngineObject[]> {
  const lines = (await docker(kind, "ls", ...options, "--format", format)).split("\n").filter((line) => line !== "");
  return lines.map((marks) => {
    const [name = "", id = ""] = marks.split("\t");
    return { kind, name, id, marks, layers: [] };
  });
}

interface ImageInspection {
  Id: string;
  RepoTags: string[] | null;
  Config: { Labels: Record<string, string> | null } | null;
  RootFS: { Layers?: string[] | null };
}

async function listImages(): Promise<EngineObject[]> {
  const ids = (await docker("image", "ls", "--all", "--quiet", "--no-trunc")).split("\n").filter((id) => id !== "");
  if (ids.length === 0) return [];
  // It tells what it finds and fails for what somebody removed meanwhile.
  const { stdout } = await exec("docker", ["image", "inspect", ...new Set(ids)], { timeoutMs: 60_000 });
  const images: ImageInspection[] = JSON.parse(stdout);
  return images.flatMap(({ Id: id, RepoTags, Config, RootFS }) => {
    const names = RepoTags !== null && RepoTags.length > 0 ? RepoTags : ["<none>"];
    const marks = JSON.stringify([RepoTags, Config?.Labels]);
    return names.map((name): EngineObject => ({ kind: "image", name, id, marks, layers: RootFS.Layers ?? [] }));
  });
}

/**
 * Of all that is on an engine, what could be of one test, "network shop_default 5f2c…", in order: to be compared with
 * what there was before. Others may start and end there meanwhile.
 */
export function objectsOf({ marks, volumes, baseImage }: Ownership, objects: readonly EngineObject[]): string[] {
  const base = objects.find(({ kind, name }) => kind === "image" && name === `${baseImage}:latest`);
  const [baseLayer = null] = base?.layers ?? [];
  const isOurs = (object: EngineObject) =>
    marks.some((mark) => object.marks.includes(mark)) ||
    (object.kind === "volume" && volumes.has(object.name)) ||
    object.layers[0] === baseLayer;
  return objects
    .filter(isOurs)
    .map(({ kind, name, id }) => `${kind} ${name} ${id}`)
    .sort();
}
