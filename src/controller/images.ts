import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { ControllerContext } from "./context.ts";

export interface ImageOptions {
  engine: RuntimeProvider;
  installation: string;
  environment: Pick<Environment, "id" | "composeProject" | "builtImages">;
}

/**
 * The names of the images that were built for an environment. The label alone does not make an image ours: whatever is made from one of ours, by
 * `docker commit` or `FROM`, inherits it.
 * @returns sorted references.
 */
export async function listOwnImageTags({ engine, installation, environment }: ImageOptions): Promise<string[]> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  const { composeProject } = environment;
  const isOurs = (tag: string) => ["-", "/", ":"].some((next) => tag.startsWith(`${composeProject}${next}`));
  return images.flatMap(({ tags }) => tags.filter(isOurs)).sort();
}

/** Ids of all images with an environment's labels, its own and those that somebody made from one of them: what an operation adds to them it has built. */
export async function listLabelledImages({ engine, installation, environment }: ImageOptions): Promise<Set<string>> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  return new Set(images.map(({ id }) => id));
}

/**
 * Images that were built for an environment and have lost their name to a later build. The labels alone tell nothing here, as what is made from one of ours inherits them.
 * @returns ids, sorted.
 */
async function listNamelessImages({ engine, installation, environment }: ImageOptions): Promise<string[]> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  const built = new Set(environment.builtImages ?? []);
  return images.flatMap(({ id, tags }) => (tags.length === 0 && built.has(id) ? [id] : [])).sort();
}

/**
 * Takes our names off the images built for an environment; an image that has no other name goes with it, and so do those that later builds left without one. What a
 * container of somebody else's was made from stays.
 */
export async function removeImages(context: Pick<ControllerContext, "emit">, options: ImageOptions): Promise<void> {
  const tags = await listOwnImageTags(options);
  for (const tag of [...tags, ...(await listNamelessImages(options))]) {
    try {
      await options.engine.removeImage(tag);
      faultPoint("destroy.image-removed");
    } catch (error) {
      if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
      context.emit({ type: "warning", text: `image ${tag} stays: ${error.message}` });
    }
  }
}
