import { lstat, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Document, isScalar, parseAllDocuments } from "yaml";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { readUserFile, toUnreadable } from "../base/read-user-file.ts";
import type { Finding } from "../model/finding.ts";
import type { CopyOptions } from "./copy-options.ts";
import { isOutside } from "./is-outside.ts";
import { mentionedFiles, toPlainDocuments } from "./mentioned-files.ts";
import { fieldOf } from "./model-secrets.ts";
import { readSourceFile } from "./read-source-file.ts";

/**
 * A Compose file of the user's in the project's `.cilo/`, which Compose reads after cilo's override, so that what it says wins. It is part of the project as it is read,
 * so that what it adds is named and addressed like everything else. Never written by cilo.
 */
export interface UserLayer {
  /** Absolute path. */
  file: string;
  /** Where it is once links are followed. */
  realFile: string;
  /** Keys of the volumes it calls external: they stay, whoever writes to them. */
  externalVolumes: readonly string[];
}

/** Files that include each other end here at the latest. */
const maxFiles = 1_000;
/** Path of the file inside a project. */
export const userLayerPath = ".cilo/compose.user.yml";

/**
 * Reads the user layer of a project; null where there is none, or none but comments.
 * @throws CILO_COMPOSE_INVALID when it is no file, or a link that leads nowhere; CILO_PERMISSION_DENIED
 */
export async function readUserLayer(projectDirectory: string): Promise<UserLayer | null> {
  const file = join(projectDirectory, userLayerPath);
  const text = await readLayerText(file);
  if (text === null || [...parseAllDocuments(text, { logLevel: "silent" })].every(isEmpty)) return null;
  return {
    file,
    realFile: await realpath(file),
    externalVolumes: await readExternalVolumes(text, { file, projectDirectory }),
  };
}

function isEmpty({ contents, errors }: Pick<Document, "contents" | "errors">): boolean {
  return errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));
}

async function readLayerText(file: string): Promise<string | null> {
  const reading = await readUserFile(file);
  if (reading.kind === "text") return reading.text;
  const hint = `make it a Compose file, or move it away: mv '${file}' ELSEWHERE`;
  if (reading.kind === "unreadable") throw toUnreadable(file, reading.problem, { code: "CILO_COMPOSE_INVALID", hint });
  if (!(await isLink(file))) return null;
  throw new CiloError("CILO_COMPOSE_INVALID", `cannot read ${file}: it is a link that leads nowhere`, { hint });
}

async function isLink(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isSymbolicLink();
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Those of the layer and of the files it includes, whose volumes become the project's as well. */
async function readExternalVolumes(
  text: string,
  { file, projectDirectory }: { file: string; projectDirectory: string },
): Promise<string[]> {
  const documents = toPlainDocuments(text);
  const waiting = new Set<string>();
  const add = (found: readonly unknown[], directory: string) => {
    const paths = found.flatMap((document) => mentionedFiles(document).included);
    // Which directory a path starts from depends on the order of the files; a wrong one has no such file.
    for (const path of paths) for (const from of [directory, projectDirectory]) waiting.add(resolve(from, path));
  };
  add(documents, dirname(file));
  for (const path of waiting) {
    const included = waiting.size > maxFiles ? null : await readSourceFile(path);
    if (included === null) continue;
    const found = toPlainDocuments(included);
    documents.push(...found);
    add(found, dirname(path));
  }
  return [...new Set(documents.flatMap(externalVolumesOf))];
}

function externalVolumesOf(document: unknown): string[] {
  return Object.entries(fieldOf(document, "volumes") ?? {}).flatMap(([key, volume]) => {
    const external = fieldOf(volume, "external") ?? false;
    return external === false ? [] : [key];
  });
}

/** What the project chose about its copies, with what its user layer chose. */
export function withUserLayer(options: CopyOptions, layer: UserLayer | null): CopyOptions {
  if (layer === null || layer.externalVolumes.length === 0) return options;
  return { ...options, keepVolumes: [...new Set([...options.keepVolumes, ...layer.externalVolumes])] };
}

/**
 * What there is to say of the file itself.
 * @param realRoot the top of the copy, once links are followed.
 */
export function describeUserLayer(layer: UserLayer | null, realRoot: string): Finding[] {
  if (layer === null || !isOutside(layer.realFile, realRoot)) return [];
  return [
    {
      rule: "compose-file-outside",
      action: "kept",
      shared: true,
      level: "warning",
      path: [],
      statement: `${userLayerPath} is a link to ${layer.realFile}, which is outside the copy, so every copy reads the same one`,
      hint: "put the file itself there",
    },
  ];
}
