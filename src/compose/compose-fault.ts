import { basename } from "node:path";

/** What Compose's last words say of a project it refuses. */
export interface ComposeFault {
  /** The words, without the file where they name one to begin with. */
  reason: string;
  /** The file they name, as they name it; null: any of the project's. */
  file: string | null;
  /** Whether the file is not even YAML. */
  isSyntax: boolean;
  /** Keys that lead to what is wrong, and the text an element of a list there has; null where the words tell none. */
  field: { path: readonly string[]; item?: string } | null;
  /** What the user can do, starting with a verb; null when the words do not tell. */
  hint: string | null;
}

/** What hints are made with. */
interface FaultSurroundings {
  /** Where Compose looks for `.env`. */
  directory: string;
  /** Tells whether a path leads out of a copy to beside it, where what is beside the source is not. */
  isBeside(path: string): boolean;
}

interface FaultRule {
  pattern: RegExp;
  field?: (match: RegExpExecArray) => ComposeFault["field"];
  hint?: (match: RegExpExecArray, surroundings: FaultSurroundings) => string;
}

/** The first version that knows a field; cilo's minimum knows all that are not here (docs.docker.com/reference/compose-file). */
const sinceVersion: Readonly<Record<string, string>> = {
  gpus: "2.30.0",
  gw_priority: "2.33.1",
  interface_name: "2.36.0",
  label_file: "2.32.2",
  models: "2.38.0",
  post_start: "2.30.0",
  pre_start: "5.3.0",
  pre_stop: "2.30.0",
  provider: "2.36.0",
};

/** Worded as 2.26 and as 2.40 do; the first that matches counts. */
const rules: readonly FaultRule[] = [
  {
    pattern: /(?:interpolating (\S+): )?required variable (\S+) is missing a value/,
    field: ([, path]) => toField(path),
    hint: ([, , name], { directory }) =>
      `set ${name} in ${directory}/.env or in your shell (Compose reads .env beside the first Compose file)`,
  },
  {
    pattern: /env file (.+?) not found|open (.+?): no such file or directory/,
    hint: ([, envFile, file = envFile ?? ""], { isBeside }) =>
      isBeside(file) ? adviseOnBeside(file) : adviseOnMissing(file),
  },
  {
    pattern: /^(?:(\S+) )?additional propert(?:y|ies) (.+?) (?:is )?not allowed/i,
    field: ([, path = "(root)", names = ""]) => {
      const [name = ""] = toNames(names);
      return { path: path === "(root)" ? [name] : [...toPath(path), name] };
    },
    hint: ([, , names = ""]) => adviseOnUnknown(toNames(names)),
  },
  { pattern: /^(\S+) must be an? /, field: ([, path]) => toField(path) },
  {
    pattern: /invalid interpolation format for (\S+?)\.?\n/,
    field: ([, path]) => toField(path),
    hint: () => "write $$ for a $ that is meant as it stands, or close the brace of the variable",
  },
  { pattern: /'(\w+\[.+?\]\S*)'/, field: ([, path = ""]) => toField(path.replace(/\[([^\]]*)\]/g, ".$1")) },
  {
    pattern: /service "(.+?)" refers to undefined (network|volume|secret|config) ([^\s:]+)/,
    field: ([, service = "", kind, name = ""]) => ({ path: ["services", service, `${kind}s`], item: name }),
    hint: ([, service, kind, name]) =>
      `add ${name} under "${kind}s" at the top level of the Compose file, or correct its name in service ${service}`,
  },
  {
    pattern: /service "(.+?)" depends on undefined service "?([^\s":]+)/,
    field: ([, service = "", name = ""]) => ({ path: ["services", service, "depends_on"], item: name }),
    hint: ([, service, name]) =>
      `correct the name in service ${service}, add a service ${name}, or turn on the profile that ${name} belongs to`,
  },
  {
    pattern: /dependency cycle detected: (\S+)/,
    field: ([, service = ""]) => ({ path: ["services", service, "depends_on"] }),
    hint: () => "take one of these dependencies away",
  },
  { pattern: /^line \d+: /, hint: () => "correct that line of the env file" },
  {
    // docker/compose#12247, mended in 2.30.3.
    pattern: /^cycle detected/,
    hint: () =>
      "update docker compose if no YAML alias contains itself: versions 2.30.0 to 2.30.2 take some that do not for one that does",
  },
  {
    pattern: /^services\.(.+?): container name "(.+?)" is already in use/,
    field: ([, service = ""]) => ({ path: ["services", service, "container_name"] }),
    hint: ([, , name]) => `give only one service the container_name ${name}`,
  },
];

/**
 * Reads what Compose says of a project that it refuses.
 * @param words its last, without warnings.
 */
export function parseComposeFault(words: string, surroundings: FaultSurroundings): ComposeFault {
  // From 2.40 on the file is named: "failed to parse /p/compose.yml: yaml: line 1: …".
  const [, yamlFile, syntax] =
    /^(?:failed to parse (.+?): (?=yaml: |line \d))?((?:yaml|line \d+): .*)$/s.exec(words) ?? [];
  if (syntax !== undefined) return { reason: syntax, file: yamlFile ?? null, isSyntax: true, field: null, hint: null };
  const [, file, reason = words] = /^(?:validating|failed to read(?=.+?: line \d)) (.+?): +(.+)$/s.exec(words) ?? [];
  for (const { pattern, field, hint } of rules) {
    const match = pattern.exec(reason);
    if (match === null) continue;
    return {
      reason,
      file: file ?? null,
      isSyntax: false,
      field: field?.(match) ?? null,
      hint: hint?.(match, surroundings) ?? null,
    };
  }
  return { reason, file: file ?? null, isSyntax: false, field: null, hint: null };
}

function toField(path: string | undefined): ComposeFault["field"] {
  return path === undefined ? null : { path: toPath(path) };
}

/** A name with a dot in it is taken apart as well: then what is around it is found. */
function toPath(path: string): string[] {
  return path.split(".");
}

/** "a" of 2.26, "'a', 'b'" of 2.40. */
function toNames(names: string): string[] {
  return names.split(", ").map((name) => name.replace(/^'(.*)'$/, "$1"));
}

function adviseOnMissing(file: string): string {
  return `create ${file}; git does not carry ignored files such as .env, so copy it there from the directory you work in`;
}

function adviseOnBeside(file: string): string {
  const name = basename(file);
  return `copy ${name} into the project, give its absolute path, or keep both in one git repository, which is copied as a whole: ${file} is outside what is copied`;
}

function adviseOnUnknown(names: readonly string[]): string {
  const since = names.flatMap((name) =>
    Object.hasOwn(sinceVersion, name) ? [`${name} needs ${sinceVersion[name]}`] : [],
  );
  if (since.length > 0) return `update docker compose: ${since.join(", ")} or newer`;
  return `correct ${names.join(", ")} if misspelt, else update docker compose: the one installed does not know it`;
}
