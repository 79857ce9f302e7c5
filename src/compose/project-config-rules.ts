import { isAbsolute } from "node:path";
import { CiloError } from "../base/errors.ts";
import { parseSlug } from "../model/names.ts";
import { findSuffixProblem } from "./dns-suffix.ts";
import type { ProjectConfig } from "./project-config.ts";

/** Something wrong in the file, by the offset of the value in its text. */
export interface ConfigProblem {
  offset: number;
  text: string;
}

/** What is wrong with a value, or with the item of it at `index`. */
interface ValueProblem {
  text: string;
  index: number | null;
}

/** Takes a value into the config, or says all that is wrong with it. */
type ConfigRule = (value: unknown, config: ProjectConfig) => ValueProblem[];

/** Names of profiles (Compose specification, "profiles"); `*` turns on all of them. */
const profilePattern = /^(?:[a-zA-Z0-9][a-zA-Z0-9_.-]*|\*)$/;

/** Every key of the file, in the order in which they are shown. A key without a value has its default. */
export const projectConfigRules = {
  project: (value, config) => {
    if (value === null) return [];
    if (typeof value !== "string") return problem(`is ${seen(value)}, allowed is a name`);
    const text = findProjectNameProblem(value);
    if (text !== null) return problem(text);
    config.project = value;
    return [];
  },
  compose_files: (value, config) => {
    const findProblem = (path: string) =>
      isAbsolute(path) ? "is absolute, which every copy would share; allowed are paths relative to the project" : null;
    return readList(value, findProblem, (files) => {
      config.composeFiles = files;
    });
  },
  profiles: (value, config) => {
    const findProblem = (profile: string) =>
      profilePattern.test(profile)
        ? null
        : 'is no profile; allowed are letters, digits, "_", "." and "-", or "*" for all';
    return readList(value, findProblem, (profiles) => {
      config.profiles = profiles;
    });
  },
  dns_suffix: (value, config) => {
    if (value === null) return [];
    if (typeof value !== "string") return problem(`is ${seen(value)}, allowed is a domain such as "test"`);
    const text = findSuffixProblem(value);
    if (text !== null) return problem(`is ${seen(value)}, ${text}`);
    config.dnsSuffix = value;
    return [];
  },
  ingress: (value, config) => {
    if (value === null) return [];
    if (typeof value !== "string" || value === "")
      return problem(`is ${seen(value)}, allowed is the name of a service`);
    config.ingress = value;
    return [];
  },
  networks: (value, config) =>
    readChoice(value, ["flatten", "preserve"], (choice) => {
      config.copyOptions.networks = choice;
    }),
  host_network: (value, config) =>
    readChoice(value, ["keep", "convert"], (choice) => {
      config.copyOptions.hostNetwork = choice;
    }),
  images: (value, config) =>
    readChoice(value, ["own", "shared"], (choice) => {
      config.copyOptions.images = choice;
    }),
  keep_volumes: (value, config) =>
    readList(
      value,
      () => null,
      (keys) => {
        config.copyOptions.keepVolumes = keys;
      },
    ),
} as const satisfies Record<string, ConfigRule>;

function problem(text: string): ValueProblem[] {
  return [{ text, index: null }];
}

function readChoice<T extends string>(
  value: unknown,
  choices: readonly T[],
  accept: (choice: T) => void,
): ValueProblem[] {
  if (value === null) return [];
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) return problem(`is ${seen(value)}, allowed are ${choices.join(" and ")}`);
  accept(chosen);
  return [];
}

function readList(
  value: unknown,
  findProblem: (entry: string) => string | null,
  accept: (list: string[]) => void,
): ValueProblem[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return problem(`is ${seen(value)}, allowed is a list of texts`);
  const entries: unknown[] = value;
  const problems = entries.flatMap((entry, index): ValueProblem[] => {
    const text =
      typeof entry === "string" && entry !== "" ? findProblem(entry) : "is no text; allowed is a list of texts";
    return text === null ? [] : [{ index, text: `has ${seen(entry)}, which ${text}` }];
  });
  if (problems.length === 0) accept(entries.map(String));
  return problems;
}

function findProjectNameProblem(name: string): string | null {
  try {
    parseSlug(name, "project");
    return null;
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    return `is ${seen(name)}: ${error.message}; ${error.hint}`;
  }
}

function seen(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
