import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { toFullReference } from "../compose/image-reference.ts";
import type { ImageFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { isOwn } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";

export interface ImageOptions {
  engine: RuntimeProvider;
  installation: string;
  environment: Pick<Environment, "id" | "composeProject" | "builtImages">;
}

/** Whether a name is one that an image gets by being built for an environment, from Compose or, in place of a fixed one, from cilo. */
export function isOwnImageName({ composeProject }: Pick<Environment, "composeProject">, name: string): boolean {
  return ["-", "/", ":"].some((next) => name.startsWith(`${composeProject}${next}`));
}

/**
 * The names of the images that were built for an environment. The label alone does not make an image ours: whatever is made from one of ours, by
 * `docker commit` or `FROM`, inherits it.
 * @returns sorted references.
 */
export async function listOwnImageTags({ engine, installation, environment }: ImageOptions): Promise<string[]> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  return images.flatMap(({ tags }) => tags.filter((tag) => isOwnImageName(environment, tag))).sort();
}

/** Ids of all images with an environment's labels, its own and those that somebody made from one of them: what an operation adds to them it has built. */
export async function listLabelledImages({ engine, installation, environment }: ImageOptions): Promise<Set<string>> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  return new Set(images.map(({ id }) => id));
}

/** What services are built as, and who they are built for. */
export interface BuildSearch extends Omit<ImageOptions, "engine"> {
  /** The names that each service's build gives, by service. */
  built: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds the services that are to be built although there is an image of that name, as it is not this environment's: one that stayed of an environment that had the name before, or
 * that another installation built. Compose builds only what is missing, and would run another copy's code. An image that does not have the environment's name has that by the
 * user's will, and is left to Compose.
 * @param images all of the engine.
 * @returns names of the images in question, by service.
 */
export function findStrangersImages(
  { installation, environment, built }: BuildSearch,
  images: readonly Pick<ImageFacts, "tags" | "labels">[],
): Map<string, string[]> {
  const strangers = images.filter(({ labels }) => !isOwn(environment, installation, labels));
  const tags = new Set(strangers.flatMap((image) => image.tags.map(toFullReference)));
  const found = [...built].map(([service, names]): [string, string[]] => [
    service,
    names.filter((name) => isOwnImageName(environment, name) && tags.has(toFullReference(name))),
  ]);
  return new Map(found.filter(([, names]) => names.length > 0));
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
