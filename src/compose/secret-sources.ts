import { dirname, join, resolve } from "node:path";
import { mentionedFiles, toPlainDocuments } from "./mentioned-files.ts";
import { namesOfModel, secretsOfModel } from "./model-secrets.ts";
import { readSourceFile } from "./read-source-file.ts";
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

/** Files that include each other end here at the latest. */
const maxFiles = 1_000;
/** Of longer ones, such as certificates of a whole authority, the lines are too many to look for in every message. */
const maxContentLength = 64 * 1024;
/** Shorter lines are words of every text. */
const minLineLength = 4;

/**
 * Reads the Compose files, those they include and extend, and every env file, secret and config they name, for the values in them. A file that cannot be read has
 * nothing that Compose could show.
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
  const envTexts = await Promise.all([...new Set(envPaths)].map(readSourceFile));
  const secrets = collectSecrets({
    composeTexts: compose.texts,
    envTexts: envTexts.filter((text) => text !== null),
    env,
  });
  const contents = await Promise.all([...new Set(compose.contentPaths)].map(readSourceFile));
  for (const secret of contents.flatMap(secretsOfContent)) secrets.add(secret);
  for (const secret of compose.documents.flatMap((document) => secretsOfModel(document, env))) secrets.add(secret);
  return { secrets, names: compose.documents.flatMap((document) => namesOfModel(document, env)) };
}

/** What a container prints of a file is the whole of it or some of its lines. */
function secretsOfContent(text: string | null): string[] {
  if (text === null || text.length > maxContentLength || text.includes("\0")) return [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [text.trim(), ...lines].filter((part) => part.length >= minLineLength);
}

interface ComposeTexts {
  paths: string[];
  texts: string[];
  /** What of them is YAML. */
  documents: unknown[];
  envPaths: string[];
  /** Of secrets and configs. */
  contentPaths: string[];
}

async function readComposeTexts({ projectDirectory, files }: SecretSourceOptions): Promise<ComposeTexts> {
  const found: ComposeTexts = { paths: [], texts: [], documents: [], envPaths: [], contentPaths: [] };
  const waiting = new Set(files);
  // A set gives what is added to it on the way as well.
  for (const path of waiting) {
    const text = waiting.size > maxFiles ? null : await readSourceFile(path);
    if (text === null) continue;
    found.paths.push(path);
    found.texts.push(text);
    // Which directory a path starts from depends on how the file came in; a wrong one has no such file.
    const directories = [dirname(path), projectDirectory, dirname(files[0] ?? path)];
    for (const document of toPlainDocuments(text)) {
      found.documents.push(document);
      const { included, extended, env, contents } = mentionedFiles(document);
      for (const directory of directories) {
        for (const mentioned of [...included, ...extended]) waiting.add(resolve(directory, mentioned));
        found.envPaths.push(...env.map((mentioned) => resolve(directory, mentioned)));
        found.contentPaths.push(...contents.map((mentioned) => resolve(directory, mentioned)));
      }
    }
  }
  return found;
}
