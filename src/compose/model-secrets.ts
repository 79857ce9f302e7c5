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
 * What a project calls its parts in words of its own: names of services, volumes, networks, profiles, containers. None is a secret, as every message may
 * have to name it; a name with a variable in it is left out.
 * @param model as for `secretsOfModel`, before variables were replaced: after that no name tells where it is from.
 */
export function namesOfModel(model: unknown): string[] {
  const keys = ["services", "volumes", "networks"].flatMap((section) =>
    entriesOf(fieldOf(model, section)).flatMap(([key, item]) => [key, fieldOf(item, "name")]),
  );
  const ofServices = entriesOf(fieldOf(model, "services")).flatMap(([, service]) => {
    const profiles = fieldOf(service, "profiles");
    return [fieldOf(service, "container_name"), ...(Array.isArray(profiles) ? profiles : [])];
  });
  return [...keys, ...ofServices].filter((name) => typeof name === "string" && !name.includes("$")) as string[];
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
