import { dirname, isAbsolute } from "node:path";
import { type Alias, LineCounter, parseAllDocuments, visit } from "yaml";
import { CiloError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import { type CopySurroundings, isBeside } from "./beside.ts";
import { type ComposeFault, parseComposeFault } from "./compose-fault.ts";
import { showPath } from "./is-outside.ts";
import { readComposeSources } from "./locate-fields/compose-sources.ts";
import { type FieldLocation, locateFields } from "./locate-fields.ts";
import { readSourceFile } from "./read-source-file.ts";

interface FailedRead {
  projectDirectory: string;
  /** The copy's top directory, and where it lies; absent where there is no copy. */
  workspaceRoot?: string;
  surroundings?: CopySurroundings;
  /** Absolute paths of the Compose files that were read. */
  files: readonly string[];
}

/**
 * Makes an error of a `docker compose config` that failed: Compose's own last words, with file, line and column of what they are about where that is found.
 * It may hold values of the project, so it is to be given to `redactError` before anyone sees it.
 */
export async function toComposeFailure(result: ExecResult, options: FailedRead): Promise<CiloError> {
  const { projectDirectory, workspaceRoot = projectDirectory, surroundings = null, files } = options;
  const words = lastWords(result.stderr) ?? `it ended with exit code ${result.exitCode ?? result.signal ?? "unknown"}`;
  const fault = parseComposeFault(words, {
    directory: dirname(files[0] ?? projectDirectory),
    isBeside: (path) => isAbsolute(path) && isBeside({ workspaceRoot, surroundings }, path),
  });
  const location = fault.isSyntax ? await locateSyntax(fault, files) : await locateField(fault, files);
  const named = fault.file === null ? files : [fault.file];
  const subject =
    location === null
      ? named.map((file) => showPath(file, projectDirectory)).join(", ")
      : `${showPath(location.file, projectDirectory)}:${location.line}:${location.column}`;
  return new CiloError("CILO_COMPOSE_INVALID", `docker compose cannot read ${subject}: ${fault.reason}`, {
    hint: fault.hint ?? hintFor(fault, location, options),
    details: { files: [...files], exitCode: result.exitCode },
  });
}

/** Warnings are logged in the same stream, one `time=… level=warning msg=…` a line; of a crash of Compose's, the stack is no use to its user. */
function lastWords(stderr: string): string | null {
  const lines = stderr.split("\n").map((line) => line.trim());
  const words = lines.filter(
    (line) => line !== "" && !/^(time="[^"]*" )?level=(warning|info|debug)|^WARN\[|^WARNING: /.test(line),
  );
  const crash = words.find((line) => /^(panic|fatal error|runtime): /.test(line));
  if (crash !== undefined) return `it crashed: ${crash}`;
  return words.length === 0 ? null : words.join("\n");
}

function hintFor(fault: ComposeFault, location: FieldLocation | null, { projectDirectory, files }: FailedRead): string {
  if (fault.isSyntax && location !== null) return `correct ${showPath(location.file, projectDirectory)} there`;
  // Of an env file's line 2.26 gives the number and nothing else.
  if (fault.isSyntax && fault.reason.startsWith("line ")) {
    return "correct that line of an env file: .env, or one that env_file names";
  }
  return `run "docker compose ${files.map((file) => `-f ${file}`).join(" ")} config" in ${projectDirectory} to see it without cilo`;
}

async function locateField(fault: ComposeFault, files: readonly string[]): Promise<FieldLocation | null> {
  if (fault.field === null) return null;
  const [location = null] = await locateFields(files, [fault.field]);
  return location;
}

/** Compose names no column, and older ones no file, so the first file that is no YAML is looked for. */
async function locateSyntax(fault: ComposeFault, files: readonly string[]): Promise<FieldLocation | null> {
  const { layers } = await readComposeSources(files);
  const suspects = fault.file === null ? new Set([...files, ...layers.map(({ file }) => file)]) : [fault.file];
  for (const file of suspects) {
    const lineCounter = new LineCounter();
    const offset = findYamlProblem((await readSourceFile(file)) ?? "", lineCounter);
    if (offset === null) continue;
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  }
  return null;
}

/** Where a text stops being YAML, or has an alias without an anchor before it; null when it is as it should be. */
function findYamlProblem(text: string, lineCounter: LineCounter): number | null {
  for (const document of parseAllDocuments(text, { lineCounter, logLevel: "silent" })) {
    const [problem] = document.errors;
    if (problem !== undefined) return problem.pos[0];
    const dangling: Alias[] = [];
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) === undefined) dangling.push(alias);
      },
    });
    const [offset] = dangling.flatMap(({ range }) => range ?? []);
    if (offset !== undefined) return offset;
  }
  return null;
}
