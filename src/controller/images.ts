import { CiloError } from "../base/errors.ts";
import type { Environment } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { ControllerContext } from "./context.ts";

export interface ImageOptions {
  engine: RuntimeProvider;
  installation: string;
  environment: Pick<Environment, "id" | "composeProject">;
}

/**
 * The names of the images that were built for an environment. The label alone does not make an image ours: whatever is made from one of ours, by
 * `docker commit` or `FROM`, inherits it.
 * @returns sorted references.
 */
export async function listOwnImageTags({ engine, installation, environment }: ImageOptions): Promise<string[]> {
  const images = await engine.listImages({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  const { composeProject } = environment;
  const isOurs = (tag: string) => tag.startsWith(`${composeProject}-`) || tag.startsWith(`${composeProject}/`);
  return images.flatMap(({ tags }) => tags.filter(isOurs)).sort();
}

/** Takes our names off the images built for an environment; an image that has no other name goes with it. */
export async function removeImages(context: Pick<ControllerContext, "emit">, options: ImageOptions): Promise<void> {
  for (const tag of await listOwnImageTags(options)) {
    try {
      await options.engine.removeImage(tag);
    } catch (error) {
      if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
      context.emit({ type: "warning", text: `image ${tag} stays: ${error.message}` });
    }
  }
}
