import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { fieldOf, namesOfModel, secretsOfModel } from "./model-secrets.ts";
import { collectSecrets } from "./redact.ts";

export interface SecretSourceOptions {
  projectDirectory: string;
  /** Absolute paths. */
  files: readonly string[];
  envFiles?: readonly string[];
  env: NodeJS.ProcessEnv;
}

/** What is known of a project's secrets from its files alone, whether Compose can read them or not. */
export interface KnownSecrets {
  secrets: Set<string>;
  /** Names that are no secrets, whatever else has them for a value. */
  names: string[];
}

/** A file that says more than a person wrote is no Compose or env file. */
const maxFileBytes = 4 * 1024 * 1024;
/** Files that include each other end here at the latest. */
const maxFiles = 1_000;

/**
 * Reads the Compose files, those they include and extend, and every env file they name, for the values in them. A file that cannot be read has nothing
 * that Compose could show.
 */
export async function readKnownSecrets(options: SecretSourceOptions): Promise<KnownSecrets> {
  const { projectDirectory, env } = options;
  const compose = await readComposeTexts(options);
  const directories = [projectDirectory, ...compose.paths.map((path) => dirname(path))];
  const envPaths = [
    ...directories.map((directory) => join(directory, ".env")),
    ...[...(options.envFiles ?? []), ...(env.COMPOSE_ENV_FILES ?? "").split(",")].map((path) =>
      resolve(projectDirectory, path),
    ),
    ...compose.envPaths,
  ];
  const envTexts = await Promise.all([...new Set(envPaths)].map(readText));
  const secrets = collectSecrets({
    composeTexts: compose.texts,
    envTexts: envTexts.filter((text) => text !== null),
    env,
  });
  for (const secret of compose.documents.flatMap((document) => secretsOfModel(document, env))) secrets.add(secret);
  return { secrets, names: compose.documents.flatMap(namesOfModel) };
}

interface ComposeTexts {
  paths: string[];
  texts: string[];
  /** What of them is YAML. */
  documents: unknown[];
  envPaths: string[];
}

async function readComposeTexts({ projectDirectory, files }: SecretSourceOptions): Promise<ComposeTexts> {
  const found: ComposeTexts = { paths: [], texts: [], documents: [], envPaths: [] };
  const waiting = new Set(files);
  // A set gives what is added to it on the way as well.
  for (const path of waiting) {
    const text = waiting.size > maxFiles ? null : await readText(path);
    if (text === null) continue;
    found.paths.push(path);
    found.texts.push(text);
    // Which directory a path starts from depends on how the file came in; a wrong one has no such file.
    const directories = [dirname(path), projectDirectory, dirname(files[0] ?? path)];
    for (const document of parseDocuments(text)) {
      found.documents.push(document);
      const { compose, env } = mentionedPaths(document);
      for (const directory of directories) {
        for (const mentioned of compose) waiting.add(resolve(directory, mentioned));
        found.envPaths.push(...env.map((mentioned) => resolve(directory, mentioned)));
      }
    }
  }
  return found;
}

function parseDocuments(text: string): unknown[] {
  const documents = [...parseAllDocuments(text, { logLevel: "silent", merge: true })];
  return documents.flatMap((document) => {
    try {
      return [document.toJS()];
    } catch {
      // An alias without an anchor, or too many of them: Compose refuses the file before it has a value to show.
      return [];
    }
  });
}

/** Paths as they are written, of Compose files (`include`, `extends`) and of env files (`include`, `env_file`). */
function mentionedPaths(document: unknown): { compose: string[]; env: string[] } {
  const includes = listOf(fieldOf(document, "include"));
  const services = Object.values(fieldOf(document, "services") ?? {});
  const extended = services.map((service) => fieldOf(fieldOf(service, "extends"), "file"));
  const ofIncludes = includes.flatMap((include) => [include, ...listOf(fieldOf(include, "path"))]);
  const envFiles = [...includes, ...services].flatMap((item) => listOf(fieldOf(item, "env_file")));
  return {
    compose: [...ofIncludes, ...extended].filter((path) => typeof path === "string"),
    env: envFiles.map((item) => fieldOf(item, "path") ?? item).filter((path) => typeof path === "string"),
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

async function readText(path: string): Promise<string | null> {
  try {
    // Reading a named pipe would wait for a writer.
    const { size } = await stat(path).then((found) => (found.isFile() ? found : { size: Number.POSITIVE_INFINITY }));
    return size > maxFileBytes ? null : await readFile(path, "utf8");
  } catch {
    // Whatever keeps it from being read here keeps Compose from reading it, and Compose says so.
    return null;
  }
}
