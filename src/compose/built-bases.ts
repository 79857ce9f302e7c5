import { resolve } from "node:path";
import { imagesOfDockerfile } from "./dockerfile-images.ts";
import { isOutside } from "./is-outside.ts";
import { toPairs } from "./loose-values.ts";
import { type ComposeProject, type ComposeService, sortedServices, unescapeDollars } from "./model.ts";
import { fieldOf } from "./model-secrets.ts";
import { readSourceFile } from "./read-source-file.ts";

/**
 * Reads what the project's images are built by: the Dockerfile written in the model, else the file in the build's directory. One that is not on this machine, or cannot
 * be read, is left out.
 * @param workspaceRoot what is outside of it is none of the copy's.
 * @returns the texts, by service.
 */
export async function readDockerfiles(
  { services }: Pick<ComposeProject, "services">,
  workspaceRoot: string,
): Promise<Map<string, string>> {
  const read = Object.entries(services).map(
    async ([name, service]): Promise<[string, string | null]> => [name, await readDockerfile(service, workspaceRoot)],
  );
  return new Map((await Promise.all(read)).filter((entry): entry is [string, string] => entry[1] !== null));
}

async function readDockerfile({ build }: ComposeService, workspaceRoot: string): Promise<string | null> {
  const inline = fieldOf(build, "dockerfile_inline");
  if (typeof inline === "string") return unescapeDollars(inline);
  const context = unescapeDollars(build?.context ?? "");
  if (!context.startsWith("/")) return null;
  const file = fieldOf(build, "dockerfile");
  // It may lie outside the context (BuildKit takes it from wherever it is).
  const path = resolve(context, typeof file === "string" ? unescapeDollars(file) : "Dockerfile");
  return isOutside(path, workspaceRoot) ? null : await readSourceFile(path);
}

/**
 * The images that builds of the project start from, or copy from, as the project writes them: by the service that is built. An image that a further build context stands
 * in for is not among them.
 */
export function baseImagesOf(
  { services }: Pick<ComposeProject, "services">,
  dockerfiles: ReadonlyMap<string, string>,
): Map<string, string[]> {
  return new Map(
    sortedServices({ services } as ComposeProject).map(([name, service]) => [
      name,
      baseImagesOfService(service, dockerfiles.get(name) ?? ""),
    ]),
  );
}

function baseImagesOfService({ build }: ComposeService, dockerfile: string): string[] {
  if (!build) return [];
  const args = new Map(toPairs(fieldOf(build, "args")).map(([key, value]) => [key, unescapeDollars(value)]));
  const contexts = toPairs(fieldOf(build, "additional_contexts"));
  const replaced = new Set(contexts.map(([name]) => name));
  const named = contexts.flatMap(([, source]) => /^docker-image:\/\/(.+)$/.exec(unescapeDollars(source))?.[1] ?? []);
  return [...imagesOfDockerfile(dockerfile, args).filter((image) => !replaced.has(image)), ...named];
}
