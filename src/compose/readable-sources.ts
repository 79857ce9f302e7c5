import { dirname, join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { CiloError } from "../base/errors.ts";
import { type FileProblem, lookAtUserFile, readUserFile, toUnreadable } from "../base/read-user-file.ts";
import { measureYaml } from "./measure-yaml.ts";
import { mentionedFiles, toPlainValues } from "./mentioned-files.ts";

/** Far more than any project says; Compose takes minutes and gigabytes for what has ten times as much. */
const maxNodes = 1_000_000;
/** Far deeper than any project is, and less than what can be compared without running out of stack. */
const maxDepth = 300;
/** Files that include each other end here at the latest. */
const maxFiles = 1_000;

interface Sources {
  projectDirectory: string;
  /** Absolute paths, of Compose files. */
  files: readonly string[];
  envFiles: readonly string[];
  env: NodeJS.ProcessEnv;
}

/**
 * Refuses a project that Compose would not come to an end with, before it is asked: where one of its files, or of those they name, is a named pipe, a socket or a device
 * or is very large, and where a Compose file is nested very deeply or its aliases stand for very much. What is missing is left to Compose to tell.
 * @throws CILO_COMPOSE_INVALID
 */
export async function requireReadableSources(sources: Sources): Promise<void> {
  const { projectDirectory, files } = sources;
  const waiting = new Set(files);
  const envPaths = new Set(
    [...sources.envFiles, ...(sources.env.COMPOSE_ENV_FILES ?? "").split(",")].map((path) =>
      resolve(projectDirectory, path),
    ),
  );
  // A set gives what is added to it on the way as well.
  for (const path of waiting) {
    if (waiting.size > maxFiles) break;
    envPaths.add(join(dirname(path), ".env"));
    const reading = await readUserFile(path);
    if (reading.kind === "unreadable") refuseWhatBlocks(path, reading.problem);
    if (reading.kind !== "text" || !needsLook(reading.text)) continue;
    const directories = new Set([dirname(path), projectDirectory, dirname(files[0] ?? path)]);
    for (const document of parseMeasured(path, reading.text)) {
      const { included, extended, env } = mentionedFiles(document);
      for (const directory of directories) {
        for (const mentioned of [...included, ...extended]) waiting.add(resolve(directory, mentioned));
        for (const mentioned of env) envPaths.add(resolve(directory, mentioned));
      }
    }
  }
  for (const path of envPaths) {
    const look = await lookAtUserFile(path);
    if (look.kind === "unreadable") refuseWhatBlocks(path, look.problem);
  }
}

/** What the operating system refuses is refused to Compose as well, and at once. */
function refuseWhatBlocks(path: string, problem: FileProblem): void {
  if (!problem.isDirectory && problem.cause === undefined) throw toUnreadableCompose(path, problem);
}

/** Most files name no other, repeat nothing and are flat: they need not be parsed to know it. */
function needsLook(text: string): boolean {
  if (/\b(?:env_file|include|extends)\b|\*\w/.test(text)) return true;
  return (text.match(/[[{]|- (?=- )/g)?.length ?? 0) >= maxDepth || /^ {300}/m.test(text);
}

function parseMeasured(path: string, text: string): unknown[] {
  const documents = [...parseAllDocuments(text, { logLevel: "silent", merge: true })];
  for (const document of documents) {
    const { nodes, depth } = measureYaml(document);
    if (depth > maxDepth) throw tooMuch(path, `it is nested too deeply, more than ${maxDepth} levels`);
    if (nodes > maxNodes) throw tooMuch(path, `its aliases stand for too much, more than ${maxNodes} values`);
  }
  return toPlainValues(documents);
}

function tooMuch(path: string, why: string): CiloError {
  return new CiloError("CILO_COMPOSE_INVALID", `cannot read ${path}: ${why}`, {
    hint: `edit ${path} and make it simpler`,
    details: { path },
  });
}

/** The error for a Compose or env file that cannot be read: CILO_COMPOSE_INVALID or CILO_PERMISSION_DENIED. */
export function toUnreadableCompose(path: string, problem: FileProblem): CiloError {
  return toUnreadable(path, problem, {
    code: "CILO_COMPOSE_INVALID",
    hint: "put an ordinary file of at most 4 MiB there, or correct what names it",
  });
}

/**
 * Reads a `.env`; null where there is none. A directory of that name is none, as to Compose.
 * @throws CILO_COMPOSE_INVALID, CILO_PERMISSION_DENIED
 */
export async function readEnvFile(path: string): Promise<string | null> {
  const reading = await readUserFile(path);
  if (reading.kind === "text") return reading.text;
  if (reading.kind === "unreadable" && !reading.problem.isDirectory) throw toUnreadableCompose(path, reading.problem);
  return null;
}
