import type { Connection } from "./connection.ts";

/**
 * Settings of the user's shell that would make Compose do to an environment what nobody asked for: another project name,
 * other container names, other containers removed or not. A project's own `.env` is left its say.
 */
const droppedVariables = [
  "COMPOSE_PROJECT_NAME",
  "COMPOSE_IGNORE_ORPHANS",
  "COMPOSE_REMOVE_ORPHANS",
  "COMPOSE_COMPATIBILITY",
  // What they say is about the shell's engine, and the one in use may be another.
  "DOCKER_CONTEXT",
  "DOCKER_TLS_VERIFY",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS",
];

/**
 * What says which files make up a project. Commands that find containers by the project's name alone (`down`, `exec`, `logs`) need no file,
 * and those the user's shell means are of another project, or are not there from the directory such a command runs in.
 */
const fileVariables = [
  "COMPOSE_FILE",
  "COMPOSE_PATH_SEPARATOR",
  "COMPOSE_ENV_FILES",
  "COMPOSE_DISABLE_ENV_FILE",
  "COMPOSE_PROFILES",
];

/** Options of `docker compose` itself that take a value; all its others are switches. */
const optionsWithValue = new Set([
  "--ansi",
  "--env-file",
  "--parallel",
  "--profile",
  "--progress",
  "--project-directory",
  "--project-name",
  "-p",
  "--workdir",
]);

/**
 * The environment for a Compose child: the given one, tied to the engine in use.
 * @param args the child's arguments, as `docker compose` takes them.
 */
export function toComposeEnvironment(
  env: NodeJS.ProcessEnv,
  connection: Connection,
  args: readonly string[],
): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...env, DOCKER_HOST: connection.endpoint };
  // With files given, COMPOSE_FILE is not read, and the others are the user's word on how to read them.
  const dropped = namesFiles(args) ? droppedVariables : [...droppedVariables, ...fileVariables];
  for (const name of dropped) delete result[name];
  return connection.tls === null
    ? result
    : { ...result, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: connection.tls.directory };
}

/** Whether a Compose file is given before the command; what comes after it (`logs -f`) is the command's own. */
function namesFiles(args: readonly string[]): boolean {
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? "";
    if (!argument.startsWith("-")) return false;
    if (/^(--file(=|$)|-f)/.test(argument)) return true;
    if (optionsWithValue.has(argument)) index += 1;
  }
  return false;
}
