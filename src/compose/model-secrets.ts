import { unescapeDollars } from "./model.ts";

/**
 * The values a model holds that are for containers alone: variables of services, arguments of builds, contents of secrets and configs.
 * @param model a model of Compose's, or a Compose file as parsed from YAML, in any state.
 * @param env the environment Compose runs in; secrets and configs can be taken from it.
 */
export function secretsOfModel(model: unknown, env: NodeJS.ProcessEnv): string[] {
  const services = entriesOf(fieldOf(model, "services")).flatMap(([, service]) => [
    ...valuesOf(fieldOf(service, "environment")),
    ...valuesOf(fieldOf(fieldOf(service, "build"), "args")),
  ]);
  const contents = ["secrets", "configs"].flatMap((section) =>
    entriesOf(fieldOf(model, section)).flatMap(([, item]) => {
      const name = fieldOf(item, "environment");
      const content = fieldOf(item, "content");
      return [typeof name === "string" ? (env[name] ?? "") : "", typeof content === "string" ? content : ""];
    }),
  );
  const values = [...services, ...contents].flatMap((value) => [value, unescapeDollars(value)]);
  return values.flatMap((value) => (value.includes("\n") ? [value, ...value.split(/\r?\n/)] : [value]));
}

/**
 * What a project calls its parts in words of its own: names of services, volumes, networks, profiles, containers, images, paths of the machine. None is a secret, as every
 * message may have to name it; one with a variable in it is left out, but for HOME.
 * @param model as for `secretsOfModel`, before variables were replaced: after that no name tells where it is from.
 * @param env the environment Compose runs in.
 */
export function namesOfModel(model: unknown, env: NodeJS.ProcessEnv): string[] {
  const sections = ["services", "volumes", "networks"].flatMap((section) => entriesOf(fieldOf(model, section)));
  const words = [
    ...sections.flatMap(([key, item]) => [key, fieldOf(item, "name"), fieldOf(item, "driver")]),
    ...entriesOf(fieldOf(model, "services")).flatMap(([, service]) => wordsOfService(service)),
  ];
  const paths = [
    ...entriesOf(fieldOf(model, "services")).flatMap(([, service]) => pathsOfService(service)),
    ...entriesOf(fieldOf(model, "volumes")).map(([, volume]) => fieldOf(fieldOf(volume, "driver_opts"), "device")),
    ...["secrets", "configs"].flatMap((section) =>
      entriesOf(fieldOf(model, section)).map(([, item]) => fieldOf(item, "file")),
    ),
  ];
  return [...textsOf(words), ...textsOf(paths).flatMap((path) => toPathName(path, env.HOME))].filter(
    (name) => !name.includes("$"),
  );
}

function wordsOfService(service: unknown): unknown[] {
  const build = fieldOf(service, "build");
  const fields = ["container_name", "image", "hostname", "domainname", "network_mode"];
  const lists = ["profiles", "cap_add"].map((field) => fieldOf(service, field));
  return [
    ...fields.map((field) => fieldOf(service, field)),
    ...[...lists, fieldOf(build, "tags")].flatMap(listOf),
    fieldOf(fieldOf(service, "logging"), "driver"),
  ];
}

/** Paths of the machine. */
function pathsOfService(service: unknown): unknown[] {
  const build = fieldOf(service, "build");
  const mounts = [...listOf(fieldOf(service, "volumes")), ...listOf(fieldOf(service, "devices"))];
  return [
    ...mounts.map((mount) => (typeof mount === "string" ? sourceOf(mount) : fieldOf(mount, "source"))),
    ...[build, fieldOf(build, "context")].map((path) => (typeof path === "string" ? toContextPath(path) : null)),
  ];
}

/** The part of a short mount before its target; of a variable with a default what is not whole, and no name. */
function sourceOf(mount: string): string {
  return /^(?:\$\{HOME\})?[^:]*/.exec(mount)?.[0] ?? "";
}

/** A context needs no dot to be a path; one that is a URL may have a password in it. */
function toContextPath(context: string): string | null {
  if (context.includes("://") || context.includes("@")) return null;
  return /^[./~$]/.test(context) ? context : `./${context}`;
}

/** What of a path is in the model: all of an absolute one, of a relative one what comes after the directory it starts from. */
function toPathName(path: string, home: string | undefined): string[] {
  const fromHome = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)(.*)$/.exec(path)?.[1];
  if (fromHome !== undefined) return home ? [`${home}${fromHome}`] : [];
  if (path.startsWith("/")) return path === "/" ? [] : [path];
  const below = path.replace(/^(?:\.{1,2}(?:\/+|$))+/, "");
  return path.startsWith(".") && below !== "" ? [`/${below}`] : [];
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The field of what may be a mapping. */
export function fieldOf(value: unknown, field: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, field)
    ? (value as Record<string, unknown>)[field]
    : undefined;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Values of `{A: 1}` and `["A=1"]`. */
function valuesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((entry) => String(entry).replace(/^[^=]*=?/, ""));
  return entriesOf(value).map(([, item]) => (item === null || item === undefined ? "" : String(item)));
}
