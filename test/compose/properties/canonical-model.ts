/**
 * What `docker compose config --format json` prints, letter by letter: nothing here goes through the program's own parser, so a mistake in that cannot hide one
 * in the override. Only what the properties look at has a type. `$$` stands for `$` in every text.
 */
export interface CanonicalModel {
  name: string;
  services: Record<string, CanonicalService>;
  networks?: Record<string, CanonicalNetwork | null>;
  volumes?: Record<string, CanonicalVolume | null>;
  [section: string]: unknown;
}

export interface CanonicalService {
  image?: string;
  build?: { tags?: string[]; labels?: Record<string, string>; [field: string]: unknown } | null;
  pull_policy?: string;
  container_name?: string;
  network_mode?: string;
  mac_address?: string;
  pid?: string;
  ipc?: string;
  networks?: Record<string, CanonicalAttachment | null>;
  ports?: unknown[];
  profiles?: string[];
  provider?: unknown;
  labels?: Record<string, string>;
  environment?: Record<string, string | null>;
  volumes?: CanonicalMount[];
  volumes_from?: string[];
  external_links?: string[];
  depends_on?: Record<string, unknown>;
  scale?: number;
  deploy?: { replicas?: number; [field: string]: unknown } | null;
  [field: string]: unknown;
}

export interface CanonicalAttachment {
  ipv4_address?: string;
  ipv6_address?: string;
  mac_address?: string;
  aliases?: string[];
  [field: string]: unknown;
}

export interface CanonicalNetwork {
  name?: string;
  external?: boolean;
  internal?: boolean;
  ipam?: { config?: { subnet?: string; gateway?: string }[] };
  [field: string]: unknown;
}

export interface CanonicalVolume {
  name?: string;
  external?: boolean;
  labels?: Record<string, string>;
  [field: string]: unknown;
}

export interface CanonicalMount {
  type: string;
  source?: string;
  read_only?: boolean;
  [field: string]: unknown;
}

/** Services that have containers: a provider's have none, and nothing of theirs is rewritten. */
export function containerServices(model: CanonicalModel): [string, CanonicalService][] {
  return Object.entries(model.services).filter(([, service]) => service.provider === undefined);
}

/** How many containers `up` starts: Compose looks at nothing else, `deploy.mode` included. */
export function containersOf({ scale, deploy }: CanonicalService): number {
  return scale ?? deploy?.replicas ?? 1;
}

/** The service that has each container_name; where services that are never on together have one, the one that is on. */
export function containerOwners(model: CanonicalModel, active: readonly string[]): Map<string, string> {
  const owners = new Map<string, string>();
  const names = Object.keys(model.services).sort();
  const inOrder = [...names.filter((name) => active.includes(name)), ...names];
  for (const service of inOrder) {
    const container = model.services[service]?.container_name;
    if (container && !owners.has(container)) owners.set(container, service);
  }
  return owners;
}

/** Every text in a value with the keys that lead to it: "environment.A", "command.0". */
export function textsIn(value: unknown, path: readonly string[] = []): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path: path.join("."), text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}
