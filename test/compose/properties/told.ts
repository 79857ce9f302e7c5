import { type CanonicalMount, type CanonicalService, containerOwners, containerServices } from "./canonical-model.ts";
import { type Copies, type Copy, isFixed } from "./copies.ts";

/** What copies have in common, or what is lost in one, is told to the user: each row of the table of features that says so. */
export function findUntold({ a, b }: Copies): string[] {
  return [
    { copy: a, other: b },
    { copy: b, other: a },
  ].flatMap(({ copy, other }) => [...ofServices(copy), ...ofVolumes(copy, other), ...ofNetworks(copy)]);
}

function ofServices(copy: Copy): string[] {
  const owners = containerOwners(copy.base, copy.active.base);
  const isForeign = (value: unknown) => {
    const [, container] = /^container:([^:]+)/.exec(String(value)) ?? [];
    return container !== undefined && !owners.has(container);
  };
  return containerServices(copy.base).flatMap(([name, service]) => {
    if (copy.facts.shared.includes(name)) return [];
    const subject = `service ${name}`;
    const { network_mode: mode, pid, ipc, volumes_from: from = [], external_links: links = [], volumes = [] } = service;
    const needed = [
      ...(mode === "host" ? ["host"] : []),
      ...[mode, pid, ipc, ...from].filter(isForeign).map(String),
      ...links.filter((link) => !owners.has(link.split(":")[0] ?? "")),
      ...volumes.flatMap((mount) => sharedPath(copy, mount)),
      ...buildPaths(service).filter((path) => isOutside(copy, path)),
    ];
    return needed.filter((word) => !isTold(copy, subject, word)).map((word) => `${subject}: ${word} is not told of`);
  });
}

/** The engine's socket, and what is outside of the copy and can be written to. */
function sharedPath(copy: Copy, { type, source = "", read_only: readOnly }: CanonicalMount): string[] {
  if (type !== "bind") return [];
  if (source.endsWith("/docker.sock")) return ["docker.sock"];
  return isOutside(copy, source) && !readOnly ? [source] : [];
}

function buildPaths({ build }: CanonicalService): string[] {
  const contexts = (build?.additional_contexts ?? {}) as Record<string, string>;
  return [String(build?.context ?? ""), ...Object.values(contexts)].filter((path) => path.startsWith("/"));
}

function isOutside({ facts }: Copy, path: string): boolean {
  return path !== facts.workspaceRoot && !path.startsWith(`${facts.workspaceRoot}/`);
}

function ofVolumes(copy: Copy, other: Copy): string[] {
  return Object.entries(copy.base.volumes ?? {}).flatMap(([key, volume]) => {
    const isRenamed = copy.merged.volumes?.[key]?.name !== volume?.name;
    const isShared = volume?.external || isFixed(volume?.name, other.base.volumes?.[key]?.name);
    return isShared && isRenamed && !isTold(copy, `volume ${key}`, volume?.name ?? key)
      ? [`volume ${key}: its new name is not told of`]
      : [];
  });
}

function ofNetworks(copy: Copy): string[] {
  const used = new Set(Object.values(copy.base.services).flatMap(({ networks }) => Object.keys(networks ?? {})));
  return Object.entries(copy.base.networks ?? {}).flatMap(([key, network]) => {
    if (!used.has(key)) return [];
    const needed = [...(network?.external ? ["external"] : []), ...(network?.internal ? ["internal"] : [])];
    return needed
      .filter((word) => !isTold(copy, `network ${key}`, word))
      .map((word) => `network ${key}: ${word} is not told of`);
  });
}

function isTold({ facts }: Copy, subject: string, word: string): boolean {
  const text = word.replaceAll("$$", "$");
  return facts.messages.some((message) => message.startsWith(`${subject}:`) && message.includes(text));
}
