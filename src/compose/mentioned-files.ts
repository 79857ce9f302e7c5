import { type Document, parseAllDocuments } from "yaml";
import { fieldOf } from "./model-secrets.ts";

/** What aliases may stand for, in all; a file that says more is refused where the files of a project are looked for (`measureYaml`). */
const maxAliasCount = 100_000;

/** Paths that a Compose file names, as they are written. */
export interface MentionedFiles {
  /** Compose files whose parts become parts of the project. */
  included: string[];
  /** Compose files that services take their settings from. */
  extended: string[];
  env: string[];
  /** Contents of secrets and configs. */
  contents: string[];
}

/** The documents of a Compose file as plain values, with aliases and merge keys followed; those that cannot be are left out. */
export function toPlainDocuments(text: string): unknown[] {
  return toPlainValues([...parseAllDocuments(text, { logLevel: "silent", merge: true })]);
}

/** The same, of documents that were parsed with `merge`. */
export function toPlainValues(documents: readonly Pick<Document, "toJS">[]): unknown[] {
  return documents.flatMap((document) => {
    try {
      return [document.toJS({ maxAliasCount }) as unknown];
    } catch {
      // An alias without an anchor, or too many of them: Compose refuses the file before it has a value to show.
      return [];
    }
  });
}

/** Finds the paths in a Compose file's plain value. */
export function mentionedFiles(document: unknown): MentionedFiles {
  const includes = listOf(fieldOf(document, "include"));
  const services = Object.values(fieldOf(document, "services") ?? {});
  const holders = ["secrets", "configs"].flatMap((section) => Object.values(fieldOf(document, section) ?? {}));
  const envFiles = [...includes, ...services].flatMap((item) => listOf(fieldOf(item, "env_file")));
  return {
    included: textsOf(includes.flatMap((include) => [include, ...listOf(fieldOf(include, "path"))])),
    extended: textsOf(services.map((service) => fieldOf(fieldOf(service, "extends"), "file"))),
    env: textsOf(envFiles.map((item) => fieldOf(item, "path") ?? item)),
    contents: textsOf(holders.map((holder) => fieldOf(holder, "file"))),
  };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}
