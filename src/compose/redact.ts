import { parseEnv } from "node:util";
import { CiloError } from "../base/errors.ts";
import { mapTexts } from "../base/map-texts.ts";

/** Replaces every secret in a text by `***`. */
export type Redact = (text: string) => string;

/** What Compose takes values from, before it has read anything. */
export interface SecretSources {
  /** Texts of env files. */
  envTexts: readonly string[];
  /** Texts of Compose files, those included and extended among them. */
  composeTexts: readonly string[];
  /** The environment Compose runs in; only variables that one of the texts mentions count. */
  env: NodeJS.ProcessEnv;
}

/** Shorter values are in every text, and hide nothing when they are masked. */
const minSecretLength = 3;
/** A part of a value is masked on its own from this length on. */
const minPieceLength = 4;
/** What settings have for a value and sentences for a word: masked, a message cannot be read, and nothing is hidden. */
const plainWords = new Set([
  ..."true false null none yes off with from and the for not error info warn debug trace".split(" "),
  ..."test dev prod local localhost development production staging http https image build service".split(" "),
]);
/** Variables of every shell, whose values are in paths and not secret, and those that tell Compose which files to read. */
const publicVariables = new Set([
  ..."HOME HOSTNAME LANG LOGNAME OLDPWD PATH PWD SHELL TERM TMPDIR TZ USER GID UID".split(" "),
  ..."COMPOSE_FILE COMPOSE_PATH_SEPARATOR COMPOSE_PROFILES COMPOSE_PROJECT_NAME COMPOSE_ENV_FILES".split(" "),
]);

/**
 * Gathers the values that Compose can put into its messages: those of env files, lines it cannot parse among them, and those of the environment's
 * variables that the files mention; with the pieces Compose takes such a value apart into.
 */
export function collectSecrets({ envTexts, composeTexts, env }: SecretSources): Set<string> {
  const words = new Set([...composeTexts, ...envTexts].flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []));
  const ofEnv = Object.keys(env).filter((name) => words.has(name) && !publicVariables.has(name));
  const values = [...envTexts.flatMap(valuesOfEnvText), ...ofEnv.map((name) => env[name] ?? "")];
  return new Set([...values, ...values.flatMap(piecesOf)]);
}

function valuesOfEnvText(text: string): string[] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line) && !isPublicLine(line));
  const parsed = Object.entries(parseEnv(text)).filter(([name]) => !publicVariables.has(name));
  return [...parsed.map(([, value]) => String(value)), ...lines.flatMap(valuesOfLine)];
}

function isPublicLine(line: string): boolean {
  const name = /^\s*(?:export\s+)?([A-Z_]+)\s*=/.exec(line)?.[1];
  return name !== undefined && publicVariables.has(name);
}

/** All that the line may mean, as no reading of it can be trusted when Compose refuses it. */
function valuesOfLine(line: string): string[] {
  // A variable handed through from the environment has a name only; what else has no separator is a part of a longer value.
  if (/^\s*(export\s+)?[A-Z_][A-Z0-9_]*\s*$/.test(line)) return [];
  const raw = (/^[^=:]*[=:](.*)$/.exec(line)?.[1] ?? line).trim();
  const afterEquals = line.slice(line.indexOf("=") + 1).trim();
  return [raw, afterEquals, raw.replace(/\s+#.*$/, "")].flatMap((value) => {
    const unquoted = value.replace(/^["'`]/, "").replace(/["'`]$/, "");
    return [value, unquoted, unquoted.replace(/\\(.)/g, "$1")];
  });
}

function piecesOf(value: string): string[] {
  const withoutScheme = value.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  // A default or message inside a reference is as secret as what is around it.
  const separators = [/\$\{\w*(?::?[-?+])?|\$\w+|[}"'`\r\n]+/, /\s+/];
  // The directories of a path are words of every message, and a path is no secret but as a whole.
  if (!/^[./~]/.test(value)) separators.push(/[:/,;@=?&#|]+/, /[\s:/,;@=?&#|]+/);
  // Of what should be a size and is none, Compose may show the number or the unit alone, parted after the last digit, dot or space.
  const size = /^[./~]/.test(value) ? [] : (/^(.*[\d. ])([^\d. ]*)$/s.exec(value) ?? []).slice(1);
  const pieces = separators
    .flatMap((separator) => withoutScheme.split(separator))
    .concat(size)
    .map((piece) => piece.trim());
  return pieces.filter((piece) => piece.length >= minPieceLength);
}

/**
 * Makes the function that masks secrets wherever they are in a text, in any case, also as Go and JSON quote them.
 * @param names of services, files and the like: what is part of one of these is shown, as it is in every message anyway.
 */
export function createRedact(secrets: Iterable<string>, names: Iterable<string> = []): Redact {
  const hidden = [...new Set([...new Set(secrets)].filter(isSecret).flatMap(spellingsOf).map(toLower))];
  const shownNames = [...new Set([...names].map(toLower))].filter((name) => name !== "");
  return (text) => {
    const lower = toLower(text);
    const shown = shownNames.flatMap((name) => findAll(lower, name));
    const found = hidden.flatMap((secret) => findAll(lower, secret));
    return mask(
      text,
      found.filter(([start, end]) => !shown.some(([from, to]) => from <= start && end <= to)),
    );
  };
}

/** Replaces each occurrence of a secret by `***`; secrets that overlap are masked together. */
export function redact(text: string, secrets: Iterable<string>): string {
  return createRedact(secrets)(text);
}

function isSecret(value: string): boolean {
  return value.trim().length >= minSecretLength && !plainWords.has(value.trim().toLowerCase());
}

/** The value as it is, as Go's %q and JSON write it, and as Compose escapes it in a model. */
function spellingsOf(value: string): string[] {
  return [value, JSON.stringify(value).slice(1, -1), value.replaceAll("$", "$$$$"), value.replaceAll("$$", "$")];
}

/** Host names are shown in lower case, however they were written. Every character keeps its place. */
function toLower(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

type Span = readonly [start: number, end: number];

/** A secret may be longer than any regular expression can be. */
function findAll(text: string, wanted: string): Span[] {
  const spans: Span[] = [];
  for (let start = text.indexOf(wanted); start !== -1; start = text.indexOf(wanted, start + wanted.length)) {
    spans.push([start, start + wanted.length]);
  }
  return spans;
}

function mask(text: string, spans: readonly Span[]): string {
  let masked = "";
  let end = 0;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    if (from >= end) masked += `${text.slice(end, from)}***`;
    end = Math.max(end, to);
  }
  return masked + text.slice(end);
}

/** The same error without secrets in anything that is shown of it; what is no CiloError is left as it is. */
export function redactError(error: unknown, redactText: Redact): unknown {
  if (!(error instanceof CiloError)) return error;
  const cause = error.cause instanceof CiloError ? redactError(error.cause, redactText) : toPlainCause(error.cause);
  return new CiloError(error.code, redactText(error.message), {
    ...(error.hint === null ? {} : { hint: redactText(error.hint) }),
    details: mapTexts(error.details, redactText) as Record<string, unknown>,
    ...(cause === undefined ? {} : { cause }),
  });

  function toPlainCause(given: unknown): unknown {
    return given instanceof Error ? new Error(redactText(given.message)) : mapTexts(given, redactText);
  }
}
