import { builtImages, keptImages } from "./built-images.ts";
import { type CanonicalModel, containerServices } from "./canonical-model.ts";
import type { Copies, Copy } from "./copies.ts";
import { toReference } from "./image-reference.ts";

/** P2: nothing on the engine has one name for two copies, but external volumes that nothing writes to and images that others are built from. */
export function findSharedNames({ a, b }: Copies): string[] {
  const kept = new Set([...keptVolumes(a.base), ...[...keptImages(a)].map((image) => `image ${image}`)]);
  const ofB = new Set(namesOf(b.merged));
  const shared = namesOf(a.merged).filter((name) => ofB.has(name) && !kept.has(name));
  return [...shared.map((name) => `${name} is in both copies`), ...findUsedImages(a, b), ...findUsedImages(b, a)];
}

/** An image that one copy builds must not be one that the other starts containers from. */
function findUsedImages(builder: Copy, user: Copy): string[] {
  const kept = keptImages(user);
  const built = new Set(builtImages(builder.merged).filter((image) => !kept.has(image)));
  return containerServices(user.merged)
    .filter(([, { image }]) => image !== undefined && built.has(toReference(image)))
    .map(([name, { image }]) => `service ${name}: uses ${image}, which another copy builds`);
}

/** Container names that the copies do not share stay as the project has them. */
export function findLostContainerNames({ a, b }: Copies): string[] {
  return [a, b].flatMap(({ base, merged, facts }) =>
    containerServices(base).flatMap(([name, { container_name: container }]) => {
      if (facts.shared.includes(name)) return [];
      const other = (base === a.base ? b : a).base.services[name]?.container_name;
      const expected = container === other ? undefined : container;
      const actual = merged.services[name]?.container_name;
      return actual === expected ? [] : [`service ${name}: container_name is ${actual} instead of ${expected}`];
    }),
  );
}

function namesOf(model: CanonicalModel): string[] {
  return [
    ...containerServices(model).flatMap(([, { container_name: name }]) => (name ? [`container ${name}`] : [])),
    ...builtImages(model).map((image) => `image ${image}`),
    ...Object.values(model.networks ?? {}).map((network) => `network ${network?.name}`),
    ...Object.values(model.volumes ?? {}).map((volume) => `volume ${volume?.name}`),
  ];
}

/** External volumes that no service mounts to write, by whichever key. */
function keptVolumes(base: CanonicalModel): Set<string> {
  const volumes = Object.entries(base.volumes ?? {});
  const mounts = Object.values(base.services).flatMap((service) => service.volumes ?? []);
  const written = new Set(
    mounts
      .filter(({ type, read_only }) => type === "volume" && read_only !== true)
      .map(({ source }) => base.volumes?.[source ?? ""]?.name),
  );
  const own = new Set(volumes.filter(([, volume]) => !volume?.external).map(([, volume]) => volume?.name));
  return new Set(
    volumes
      .filter(([, volume]) => volume?.external && !written.has(volume.name) && !own.has(volume.name))
      .map(([, volume]) => `volume ${volume?.name}`),
  );
}
