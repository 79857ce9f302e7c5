import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import { isOutside } from "./is-outside.ts";

/**
 * Makes an error of a `docker compose config` that failed: Compose's own last words, with file, line and column where the file is not even YAML.
 * It may hold values of the project, so it is to be given to `redactError` before anyone sees it.
 */
export async function toComposeFailure(
  result: ExecResult,
  options: { projectDirectory: string; files: readonly string[] },
): Promise<CiloError> {
  const words = lastWords(result.stderr) ?? `it ended with exit code ${result.exitCode ?? result.signal ?? "unknown"}`;
  // From 2.40 on the file is named: "failed to parse /p/compose.yml: yaml: line 1: …".
  const [, file, syntax] = /^(?:failed to parse (.+?): (?=yaml: |line \d))?((?:yaml|line \d+): .*)$/s.exec(words) ?? [];
  const files = file === undefined ? options.files : [file];
  const place = syntax === undefined ? null : await locateYamlProblem({ ...options, files });
  const reason = place === null ? words : (syntax ?? words);
  const subject = place ?? options.files.map((file) => shown(file, options.projectDirectory)).join(", ");
  return new CiloError("CILO_COMPOSE_INVALID", `docker compose cannot read ${subject}: ${reason}`, {
    hint: hintFor(reason, options),
    details: { files: [...options.files], exitCode: result.exitCode },
  });
}

/** Warnings are logged in the same stream, one `time=… level=warning msg=…` a line. */
function lastWords(stderr: string): string | null {
  const lines = stderr.split("\n").map((line) => line.trim());
  const words = lines.filter(
    (line) => line !== "" && !/^(time="[^"]*" )?level=(warning|info|debug)|^WARN\[/.test(line),
  );
  return words.length === 0 ? null : words.join("\n");
}

function hintFor(reason: string, options: { projectDirectory: string; files: readonly string[] }): string {
  const variable = /required variable (\S+) is missing a value/.exec(reason)?.[1];
  if (variable !== undefined) {
    const directory = dirname(options.files[0] ?? options.projectDirectory);
    return `set ${variable} in ${directory}/.env or in your shell (Compose reads .env beside the first Compose file)`;
  }
  const missing = /env file (.+?) not found/.exec(reason)?.[1];
  if (missing !== undefined) {
    return `create ${missing}; git does not carry ignored files such as .env, so copy it there from the directory you work in`;
  }
  const property = /additional propert(?:y|ies) (.+?) (?:is )?not allowed/i.exec(reason)?.[1];
  if (property !== undefined) {
    return `correct ${property} if it is misspelt, else update docker compose: the one installed does not know it`;
  }
  return `run "docker compose ${options.files.map((file) => `-f ${file}`).join(" ")} config" in ${options.projectDirectory} to see it without cilo`;
}

/** Compose names no column of a syntax problem, and older ones no file, so the first of the files that is no YAML is looked for. */
async function locateYamlProblem(options: {
  projectDirectory: string;
  files: readonly string[];
}): Promise<string | null> {
  for (const file of options.files) {
    const lineCounter = new LineCounter();
    const documents = parseAllDocuments(await readText(file), { lineCounter, logLevel: "silent" });
    const problem = [...documents].flatMap((document) => document.errors)[0];
    if (problem === undefined) continue;
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    return `${shown(file, options.projectDirectory)}:${line}:${col}`;
  }
  return null;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    // A file that went away since Compose read it locates nothing.
    if (hasErrorCode(error, "ENOENT")) return "";
    throw error;
  }
}

function shown(file: string, directory: string): string {
  return isOutside(file, directory) ? file : relative(directory, file);
}
