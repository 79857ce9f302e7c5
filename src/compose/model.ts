import * as v from "valibot";
import { CiloError } from "../base/errors.ts";

/**
 * The fields of Compose's canonical model that cilo decides by; everything else is kept as it came, for the verification of the merged
 * model. With `--no-interpolate` Compose leaves short forms and text where it has numbers otherwise, so both are taken.
 */
const numeric = v.union([v.number(), v.string()]);
const scalar = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
const texts = v.array(v.string());

/** A variable that has no value yet is neither. */
const flag = v.pipe(
  v.union([v.boolean(), v.string()]),
  v.transform((value) => value === true || value === "true"),
);

const stringMap = v.pipe(v.union([texts, v.record(v.string(), scalar)]), v.transform(toStringMap));

const attachment = v.nullable(
  v.looseObject({
    aliases: v.nullish(texts),
    ipv4_address: v.nullish(v.string()),
    ipv6_address: v.nullish(v.string()),
    mac_address: v.nullish(v.string()),
  }),
);

const build = v.pipe(
  v.union([
    v.string(),
    v.looseObject({ context: v.nullish(v.string()), tags: v.nullish(texts), labels: v.nullish(stringMap) }),
  ]),
  v.transform((value) => (typeof value === "string" ? { context: value } : value)),
);

const port = v.union([v.number(), v.string(), v.looseObject({ target: numeric, protocol: v.nullish(v.string()) })]);

const mount = v.union([
  v.string(),
  v.looseObject({
    type: v.string(),
    source: v.nullish(v.string()),
    target: v.nullish(v.string()),
    read_only: v.nullish(flag),
  }),
]);

const service = v.looseObject({
  image: v.nullish(v.string()),
  build: v.nullish(build),
  pull_policy: v.nullish(v.string()),
  container_name: v.nullish(v.string()),
  network_mode: v.nullish(v.string()),
  pid: v.nullish(v.string()),
  ipc: v.nullish(v.string()),
  mac_address: v.nullish(v.string()),
  networks: v.nullish(
    v.pipe(
      v.union([texts, v.record(v.string(), attachment)]),
      v.transform((value) => (Array.isArray(value) ? Object.fromEntries(value.map((name) => [name, null])) : value)),
    ),
  ),
  ports: v.nullish(v.array(port)),
  expose: v.nullish(v.array(numeric)),
  labels: v.nullish(stringMap),
  environment: v.nullish(stringMap),
  volumes: v.nullish(v.array(mount)),
  volumes_from: v.nullish(texts),
  external_links: v.nullish(texts),
  profiles: v.nullish(texts),
  scale: v.nullish(numeric),
  deploy: v.nullish(v.looseObject({ mode: v.nullish(v.string()), replicas: v.nullish(numeric) })),
  healthcheck: v.nullish(v.looseObject({ disable: v.nullish(flag), test: v.nullish(v.union([v.string(), texts])) })),
  depends_on: v.nullish(v.union([texts, v.record(v.string(), v.unknown())])),
});

const network = v.nullable(
  v.looseObject({
    name: v.nullish(v.string()),
    external: v.nullish(flag),
    internal: v.nullish(flag),
    driver: v.nullish(v.string()),
  }),
);

const volume = v.nullable(
  v.looseObject({
    name: v.nullish(v.string()),
    external: v.nullish(flag),
    labels: v.nullish(stringMap),
    driver_opts: v.nullish(v.record(v.string(), scalar)),
  }),
);

const project = v.looseObject({
  services: v.nullish(v.record(v.string(), service), {}),
  networks: v.nullish(v.record(v.string(), network), {}),
  volumes: v.nullish(v.record(v.string(), volume), {}),
});

/** A project as `docker compose config` resolves it. Values are escaped as Compose prints them: `$$` stands for `$`. */
export interface ComposeProject extends v.InferOutput<typeof project> {
  services: Record<string, ComposeService>;
  networks: Record<string, ComposeNetwork | null>;
  volumes: Record<string, ComposeVolume | null>;
}
export type ComposeService = v.InferOutput<typeof service>;
export type ComposeNetwork = NonNullable<v.InferOutput<typeof network>>;
export type ComposeVolume = NonNullable<v.InferOutput<typeof volume>>;

/**
 * Parses what `docker compose config --format json` printed.
 * @throws CILO_COMPOSE_INVALID when it is not a model of the form known here, or has a name that cilo cannot keep.
 */
export function parseComposeProject(json: string): ComposeProject {
  const raw = parseJson(json);
  assertNames(raw);
  const parsed = v.safeParse(project, raw);
  if (parsed.success) {
    const { services, networks, volumes } = parsed.output;
    return { ...parsed.output, services: services ?? {}, networks: networks ?? {}, volumes: volumes ?? {} };
  }
  const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "the model"}: ${issue.message}`);
  throw new CiloError(
    "CILO_COMPOSE_INVALID",
    `docker compose printed a model of an unknown form: ${problems.join("; ")}`,
    {
      hint: 'run "docker compose version" and report the version with this message',
    },
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message quotes a part of the model, which may be a part of a secret.
    throw new CiloError("CILO_COMPOSE_INVALID", "docker compose config printed something that is not JSON");
  }
}

/**
 * Refuses names that every JavaScript object has a property of: services, volumes and networks are kept by name, in state and in messages as well. Looked
 * for in what JSON.parse made, which has them as keys; the schema leaves some of them out.
 */
function assertNames(raw: unknown): void {
  for (const section of ["services", "volumes", "networks"] as const) {
    const entries: unknown = typeof raw === "object" && raw !== null ? (raw as Record<string, unknown>)[section] : null;
    const name = Object.keys(entries ?? {}).find((key) => Object.hasOwn(Object.prototype, key));
    if (name === undefined) continue;
    const kind = section.slice(0, -1);
    throw new CiloError(
      "CILO_COMPOSE_INVALID",
      `the project has a ${kind} called ${JSON.stringify(name)}, a name that cilo cannot keep`,
      { hint: `rename the ${kind} ${JSON.stringify(name)} in the Compose files`, details: { section, name } },
    );
  }
}

/** `["A=1", "B"]` and `{A: 1, B: null}` say the same. */
function toStringMap(
  value: string[] | Record<string, string | number | boolean | null>,
): Record<string, string | null> {
  const entries = Array.isArray(value)
    ? value.map((entry): [string, string | null] => {
        const end = entry.indexOf("=");
        return end === -1 ? [entry, null] : [entry.slice(0, end), entry.slice(end + 1)];
      })
    : Object.entries(value).map(([key, item]): [string, string | null] => [key, item === null ? null : String(item)]);
  return Object.fromEntries(entries);
}

/** A value of the model as the program in the container sees it. */
export function unescapeDollars(text: string): string {
  return text.replaceAll("$$", "$");
}

/** Text of ours as a Compose file must say it, so that no part of it is taken for a variable. */
export function escapeDollars(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** The services by name, in an order that does not depend on how the files order them. */
export function sortedServices(model: ComposeProject): [string, ComposeService][] {
  return Object.entries(model.services).sort(([a], [b]) => compareText(a, b));
}

/** Order of code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
