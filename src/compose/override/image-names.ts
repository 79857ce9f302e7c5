import { toHostLabel } from "../../model/names.ts";
import { baseImagesOf } from "../built-bases.ts";
import { toFullReference } from "../image-reference.ts";
import { compareText, sortedServices } from "../model.ts";
import type { ProjectReading } from "../project.ts";
import type { OverrideContext } from "./concern.ts";
import { firstFree } from "./first-free.ts";

/**
 * The environment's name for each image that the project builds under a fixed one and that gets another, by the full reference of that: those named by `image`, and tags that
 * a service uses.
 */
export function renamedImages({ services, reading, environment }: OverrideContext): Map<string, string> {
  const bases = builtBases(reading);
  const used = new Set(services.flatMap(({ service: { image } }) => (image ? [toFullReference(image)] : [])));
  const fixed = new Set(
    services.flatMap(({ name, service }) => {
      const probe = reading.probe.services[name];
      const tags = (service.build?.tags ?? []).filter((tag) => probe?.build?.tags?.includes(tag)).map(toFullReference);
      const isFixed = service.build && service.image && service.image === probe?.image;
      return [...(isFixed ? [toFullReference(service.image ?? "")] : []), ...tags.filter((tag) => used.has(tag))];
    }),
  );
  const renamed = new Map<string, string>();
  const taken = new Set<string>();
  for (const reference of [...fixed].filter((image) => !bases.has(image)).sort(compareText)) {
    const label = toHostLabel(reference.replace(/^docker\.io\/(library\/)?/, "").replace(/:latest$/, "")) ?? "image";
    // References that differ in signs only (`my/app:1`, `my-app:1`) come out alike.
    const name = firstFree(`${environment.composeProject}/${label}`, taken);
    taken.add(name);
    renamed.set(reference, name);
  }
  return renamed;
}

/** Those of the environment's names that a build of a service which is on gives: what only others build is not there, and stays what the project has by its old name. */
export function availableImages(
  { services, reading }: OverrideContext,
  renamed: ReadonlyMap<string, string>,
): Set<string> {
  const built = services.filter(({ name, service }) => service.build && reading.active.includes(name));
  const references = built.flatMap(({ service: { image, build } }) => [
    ...(image ? [image] : []),
    ...(build?.tags ?? []),
  ]);
  return new Set(references.flatMap((reference) => renamed.get(toFullReference(reference)) ?? []));
}

/**
 * The images, by full reference, that the project builds and that other builds of it start from. They keep their names: a Dockerfile that says the old name would find a
 * stranger's image under it, or none, and engines before 23 cannot be told of another.
 */
export function builtBases(reading: Pick<ProjectReading, "base" | "dockerfiles">): Set<string> {
  const bases = [...baseImagesOf(reading.base, reading.dockerfiles).values()].flat().map(toFullReference);
  const built = sortedServices(reading.base).flatMap(([, { build, image }]) =>
    build ? [...(image ? [image] : []), ...(build.tags ?? [])].map(toFullReference) : [],
  );
  return new Set(bases.filter((base) => built.includes(base)));
}
