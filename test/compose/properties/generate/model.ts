import fc from "fast-check";
import { type Attachments, addAttachments, attachments } from "./attachments.ts";
import { addReferences, type References, references } from "./references.ts";
import { configs, defaultNetwork, networks, secrets, volumes } from "./sections.ts";
import { serviceFields } from "./service-fields.ts";
import { anyText, sometimes } from "./texts.ts";

/** Names a service may have, the awkward ones among them; none is a name Compose or cilo refuses. */
const serviceNames = [
  "web",
  "db",
  "my_db",
  "my-db",
  "API",
  "api",
  "peer0.org1.example",
  "a",
  "10",
  "proxy",
  "null",
  "yes",
  "_x",
  "-y",
  ".z",
  "1e3",
  "WEB",
  "default",
  "a-service-with-a-name-that-is-longer-than-any-label-of-the-domain-name-system",
  "w--y",
  "store",
];

export type Service = Record<string, unknown>;

export interface Model {
  services: Record<string, Service>;
  [section: string]: unknown;
}

interface ServiceParts {
  fields: Service;
  attachments: Attachments;
  references: References;
  image: string | undefined;
  number: Service;
  container: "none" | "fixed" | "own";
  profiles: string[] | undefined;
  /** Labels that cilo reads. */
  ownLabels: Record<string, string>;
}

const parts: fc.Arbitrary<ServiceParts> = fc.record({
  fields: serviceFields,
  attachments,
  references,
  image: fc.constantFrom(
    "one:1",
    "two",
    "docker.io/library/two:latest",
    "reg.test:5000/x/one",
    "${COMPOSE_PROJECT_NAME}/img",
    `app@sha256:${"0".repeat(64)}`,
    undefined,
  ),
  number: fc.constantFrom<Service>(
    {},
    {},
    {},
    {},
    { scale: 2 },
    { scale: 1 },
    { scale: 0 },
    { replicas: 0 },
    { replicas: 3 },
    { replicas: 1 },
  ),
  container: fc.constantFrom("none", "none", "fixed", "own"),
  ownLabels: fc.constantFrom<Record<string, string>>(
    {},
    {},
    {},
    { "cilo.hostnames": "admin, WWW.shop.example" },
    { "cilo.hostnames": "web *.wild store.other.test x_y" },
    { "cilo.ingress": "true" },
    { "cilo.hostnames": "admin", "cilo.ingress": "true" },
  ),
  profiles: fc.constantFrom(undefined, undefined, undefined, undefined, ["dev"], ["prod"], ["dev", "prod"]),
});

/** A service that is off, which Compose cannot read with every profile on, nor with values for its variables. */
const hidden = {
  "hidden.job": {
    image: "hidden/job",
    build: "./hidden",
    env_file: "missing.env",
    profiles: ["never"],
    container_name: "hidden-for-all",
    ports: ["${PORT:-99}:99"],
    networks: { back: { ipv4_address: "172.28.0.99" } },
  },
};

/** Two services of which one alone is on at a time, and which therefore may have one container name, or one address. */
const exclusivePairs: Record<string, Service>[] = [
  { container_name: "either-for-all", networks: ["back"] },
  { networks: { back: { ipv4_address: "172.28.0.77" } } },
].map((common) => ({
  "either-1": { image: "either", profiles: ["never-1"], ...common },
  "either-2": { image: "either", profiles: ["dev"], command: ["172.28.0.77"], ...common },
}));

/** Models of one to six services with any mix of what an override has to deal with, as a file would have them. */
export const model: fc.Arbitrary<Model> = fc
  .record({
    names: fc.shuffledSubarray(serviceNames, { minLength: 1, maxLength: 6 }),
    parts: fc.array(parts, { minLength: 6, maxLength: 6 }),
    default: defaultNetwork,
    extension: sometimes(anyText),
    hidden: fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constant(hidden) }),
    exclusive: fc.oneof(
      { weight: 5, arbitrary: fc.constant({}) },
      { weight: 2, arbitrary: fc.constantFrom(...exclusivePairs) },
    ),
  })
  .map(({ names, parts, default: ofDefault, extension, hidden: hiddenService, exclusive }) => {
    const services = new Map<string, Service>();
    for (const [index, name] of names.entries()) {
      const part = parts[index];
      if (part !== undefined) services.set(name, toService(name, index, { part, before: services }));
    }
    return {
      services: { ...Object.fromEntries(services), ...hiddenService, ...exclusive },
      networks: ofDefault === undefined ? networks : { ...networks, default: ofDefault },
      volumes,
      secrets,
      configs,
      ...(extension === undefined ? {} : { "x-note": { text: extension } }),
    };
  });

function toService(
  name: string,
  index: number,
  { part, before }: { part: ServiceParts; before: ReadonlyMap<string, Service> },
): Service {
  const { replicas, ...scale } = part.number;
  const service: Service = { ...part.fields, ...scale };
  const image = part.image ?? (service.build === undefined ? "three" : undefined);
  if (image !== undefined) service.image = image;
  if (replicas !== undefined) service.deploy = { ...(service.deploy as object), replicas };
  if (part.profiles !== undefined) service.profiles = part.profiles;
  addLabels(service, part.ownLabels);
  addAttachments(service, index, part.attachments);
  const isOne = (part.number.scale ?? replicas ?? 1) === 1;
  if (part.container === "fixed" && isOne) service.container_name = `${name.replace(/^[^a-zA-Z0-9]/, "c")}-for-all`;
  if (part.container === "own" && isOne) service.container_name = `\${COMPOSE_PROJECT_NAME}.${index}`;
  addReferences(service, before, part.references);
  // Compose refuses the two together.
  if (service.network_mode !== undefined) delete service.networks;
  return service;
}

function addLabels(service: Service, labels: Record<string, string>): void {
  if (Object.keys(labels).length === 0) return;
  const given = service.labels ?? {};
  service.labels = Array.isArray(given)
    ? [...given, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
    : { ...given, ...labels };
}
