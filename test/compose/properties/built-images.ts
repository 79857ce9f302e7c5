import { type CanonicalModel, type CanonicalService, containerServices } from "./canonical-model.ts";
import { type Copies, type Copy, isFixed } from "./copies.ts";
import { toReference } from "./image-reference.ts";

/**
 * The images that keep their name, as others of the project are built from them and would not find them under another; the user must have been told.
 */
export function keptImages({ base, facts }: Copy): Set<string> {
  const isTold = (service: string) =>
    facts.messages.some((said) => said.startsWith(`service ${service}:`) && said.includes("keeps its name"));
  const kept = containerServices(base).filter(([name, { build, image }]) => build && image && isTold(name));
  return new Set(kept.map(([, { image = "" }]) => toReference(image)));
}

/** Images that the project builds, under all their names. */
export function builtImages(model: CanonicalModel): string[] {
  return containerServices(model).flatMap(([, { build, image }]) =>
    build ? [...(image ? [image] : []), ...(build.tags ?? [])].map(toReference) : [],
  );
}

/** Those that services which are on build. */
function imagesBuiltByActive({ base, active }: Copy): string[] {
  const services = Object.entries(base.services).filter(([name]) => active.base.includes(name));
  return builtImages({ ...base, services: Object.fromEntries(services) });
}

/**
 * Services that had one image have one image; what is built here is not asked for at a registry; an image that is not built here is not touched.
 * Tags that follow from the project's name stay.
 */
export function findWrongImages({ a, b }: Copies): string[] {
  return [
    { copy: a, other: b },
    { copy: b, other: a },
  ].flatMap(({ copy, other }) => [
    ...findWrongNames(copy, other),
    ...findPulled(copy, other),
    ...findTags(copy, other),
    ...findUnbuilt(copy),
  ]);
}

/** The references that are built here under a name that every copy would give. */
function fixedBuilds(copy: Copy, other: Copy): Set<string> {
  const kept = keptImages(copy);
  const built = containerServices(copy.base).flatMap(([name, { build, image }]) =>
    build && image && isFixed(image, other.base.services[name]?.image) ? [toReference(image)] : [],
  );
  return new Set(built.filter((reference) => !kept.has(reference)));
}

/**
 * Tells whether a service has the copy's own image in the place of one that is built here. One that does not build it itself has so only where some
 * service that is on does: what only services build that are off is not there under the copy's name, and may be under the project's.
 */
function createRenaming(copy: Copy, other: Copy): (service: CanonicalService) => boolean {
  const renamed = fixedBuilds(copy, other);
  const there = new Set(imagesBuiltByActive(copy));
  return ({ build, image }) => {
    if (image === undefined || !renamed.has(toReference(image))) return false;
    return Boolean(build) || there.has(toReference(image));
  };
}

/** The services that run in the copy. */
function ownServices({ base, facts }: Copy): [string, CanonicalService][] {
  return containerServices(base).filter(([name]) => !facts.shared.includes(name));
}

function findWrongNames(copy: Copy, other: Copy): string[] {
  const isRenamed = createRenaming(copy, other);
  const ownNames = new Map<string, string>();
  return ownServices(copy).flatMap(([name, service]) => {
    const { image } = service;
    const actual = copy.merged.services[name]?.image;
    if (image === undefined || !isRenamed(service)) {
      return actual === image ? [] : [`service ${name}: image is ${actual} instead of ${image}`];
    }
    const expected = ownNames.get(toReference(image)) ?? actual ?? "";
    ownNames.set(toReference(image), expected);
    const taken = [...ownNames].some(([reference, own]) => reference !== toReference(image) && own === expected);
    if (taken) return [`service ${name}: ${expected} stands for two images of the project`];
    return actual === expected && expected.startsWith(`${copy.facts.composeProject}/`)
      ? []
      : [`service ${name}: image is ${actual}, which is not the copy's ${expected}`];
  });
}

function findPulled(copy: Copy, other: Copy): string[] {
  const isRenamed = createRenaming(copy, other);
  return ownServices(copy).flatMap(([name, service]) => {
    const { build, image, pull_policy: policy } = service;
    const actual = copy.merged.services[name]?.pull_policy;
    const isLocal = isRenamed(service) || (build && image);
    if (!isLocal) return actual === policy ? [] : [`service ${name}: pull_policy is ${actual} instead of ${policy}`];
    const expected = build && policy === "build" ? "build" : "never";
    return actual === expected ? [] : [`service ${name}: pull_policy is ${actual} instead of ${expected}`];
  });
}

/** What a service uses and a service that is on builds, under its name or as a tag, the copy builds. */
function findUnbuilt(copy: Copy): string[] {
  const { merged } = copy;
  const [before, after] = [imagesBuiltByActive(copy), builtImages(merged)];
  return ownServices(copy).flatMap(([name, { build, image }]) => {
    const actual = merged.services[name]?.image;
    if (image === undefined || !(build || before.includes(toReference(image)))) return [];
    return actual !== undefined && after.includes(toReference(actual))
      ? []
      : [`service ${name}: uses ${actual}, which the project builds and the copy does not`];
  });
}

function findTags(copy: Copy, other: Copy): string[] {
  return ownServices(copy).flatMap(([name, { build }]) => {
    const ofOther = other.base.services[name]?.build?.tags ?? [];
    const expected = (build?.tags ?? []).filter((tag) => !ofOther.includes(tag));
    const actual = copy.merged.services[name]?.build?.tags ?? [];
    return actual.join() === expected.join()
      ? []
      : [`service ${name}: build.tags are ${actual} instead of ${expected}`];
  });
}
