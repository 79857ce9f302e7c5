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

/** The environment for a Compose child: the given one, tied to the engine in use. */
export function toComposeEnvironment(env: NodeJS.ProcessEnv, connection: Connection): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...env, DOCKER_HOST: connection.endpoint };
  for (const name of droppedVariables) delete result[name];
  return connection.tls === null
    ? result
    : { ...result, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: connection.tls.directory };
}
