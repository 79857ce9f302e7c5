import type { ContainerFacts, ImageFacts, ImageOrigin } from "../../model/engine.ts";
import type { Environment } from "../../model/environment.ts";
import { labelKeys } from "../../model/labels.ts";
import { toComposeProjectName } from "../../model/names.ts";
import type { State } from "../../model/state.ts";
import { isOwnImageName } from "../images.ts";

/** An image that nobody needs. */
export interface GarbageImage {
  /** What is removed: one of its names, or its id where it has none. */
  reference: string;
  cause: string;
  /** Null where nothing becomes free: it has other names as well. */
  sizeBytes: number | null;
}

export interface ImageSurroundings {
  state: State;
  /** Images with this installation's label. */
  images: readonly ImageFacts[];
  /** All of the engine, whoever made them. */
  containers: readonly Pick<ContainerFacts, "imageId">[];
  /** Where nameless images came from, by id. */
  origins: ReadonlyMap<string, ImageOrigin | null>;
  /** Ids that are known to have been built for environments which are gone. */
  formerlyBuilt: ReadonlySet<string>;
}

/**
 * Finds images that were built for environments and that nobody needs: those that have lost their name to a later build, and all of environments that are gone. One that a
 * container was made from is needed, and one of an environment on which an operation is under way may be about to get its name.
 * @returns `garbage` by reference, and how many nameless ones there are that cannot be told from what somebody made of one of ours.
 */
export function findGarbageImages(surroundings: ImageSurroundings): { garbage: GarbageImage[]; doubtful: number } {
  const { state, containers } = surroundings;
  const used = new Set(containers.map(({ imageId }) => imageId));
  const environments = new Map(Object.values(state.hosts.local.environments).map((one) => [one.id, one]));
  const found = surroundings.images
    .filter(({ id, labels }) => labels[labelKeys.installation] === state.installation && !used.has(id))
    .map((image) => ({ image, environment: environments.get(image.labels[labelKeys.id] ?? "") ?? null }))
    .filter(({ environment }) => environment === null || environment.operation === null);
  const nameless = found.filter(({ image }) => image.tags.length === 0);
  const garbage = [
    ...nameless.filter((one) => isProvenOurs(one, surroundings)).map(toNamelessGarbage),
    ...found.flatMap(({ image, environment }) => (environment === null ? toNamedGarbage(image) : [])),
  ];
  return {
    garbage: garbage.sort((a, b) => (a.reference < b.reference ? -1 : 1)),
    doubtful: nameless.filter((one) => !isProvenOurs(one, surroundings)).length,
  };
}

interface FoundImage {
  image: ImageFacts;
  /** Null: it is gone. */
  environment: Environment | null;
}

/**
 * Labels alone prove nothing: what somebody commits from one of our containers, or builds on one of our images, inherits them. An image is ours when its id was written
 * down, or when the last that was done to it was to put our labels on.
 */
function isProvenOurs(
  { image, environment }: FoundImage,
  { origins, formerlyBuilt }: Pick<ImageSurroundings, "origins" | "formerlyBuilt">,
): boolean {
  const { id, labels } = image;
  if (formerlyBuilt.has(id) || environment?.builtImages?.includes(id)) return true;
  const { createdBy = "", comment = "" } = origins.get(id) ?? {};
  // Made for a moment to copy volumes with.
  if (labels[labelKeys.archive] !== undefined) return comment.startsWith("Imported from");
  // How the builder before BuildKit writes the labels down that Compose has it add at the end.
  return /#\(nop\)\s+LABEL .*\bcilo\.installation=/.test(createdBy);
}

function toNamelessGarbage({ image, environment }: FoundImage): GarbageImage {
  const { id, labels, sizeBytes } = image;
  const key = keyIn(labels);
  const isForCopying = labels[labelKeys.archive] !== undefined;
  const cause = isForCopying
    ? `made to copy volumes of ${key}, and left behind`
    : environment === null
      ? `built for ${key}, which is no more`
      : `a later build of ${key} took its name`;
  return { reference: id, cause, sizeBytes };
}

/** The names that Compose gives to what it builds for a project, and cilo to what a project names itself. */
function toNamedGarbage({ tags, labels, sizeBytes }: ImageFacts): GarbageImage[] {
  const { [labelKeys.project]: project = "", [labelKeys.environment]: name = "" } = labels;
  const composeProject = toComposeProjectName(project, name, new Set());
  const own = tags.filter((tag) => isOwnImageName({ composeProject }, tag));
  const isFreed = own.length === tags.length;
  return own.map((reference, index) => ({
    reference,
    cause: `built for ${keyIn(labels)}, which is no more`,
    sizeBytes: isFreed && index === own.length - 1 ? sizeBytes : null,
  }));
}

function keyIn(labels: Readonly<Record<string, string>>): string {
  return `${labels[labelKeys.project]}/${labels[labelKeys.environment]}`;
}
