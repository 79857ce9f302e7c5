import { join } from "node:path";
import { hasErrorCode } from "../../base/errors.ts";
import { contextTlsDirectory, dockerConfigDirectory, listDockerContexts, readDockerFile } from "./docker-config.ts";
import { type EngineAddress, parseEndpoint } from "./endpoint.ts";
import { defaultPatience, type Patience } from "./patience.ts";

/** All that is needed to talk to one engine. */
export interface Connection {
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  address: EngineAddress;
  /** Null: plain HTTP. With it, the engine's certificate is always checked. */
  tls: TlsFiles | null;
  patience: Patience;
}

/** Contents of the PEM files, null where there is no such file. */
export interface TlsFiles {
  /** As DOCKER_CERT_PATH takes it. */
  directory: string;
  ca: string | null;
  cert: string | null;
  key: string | null;
}

/**
 * Gathers what it takes to reach an endpoint; does not connect. For tcp the TLS files come from DOCKER_CERT_PATH (else the docker
 * program's folder) when DOCKER_TLS_VERIFY is set, else from a context with this endpoint that has any.
 */
export async function openConnection(
  endpoint: string,
  env: NodeJS.ProcessEnv,
  patience: Patience = defaultPatience,
): Promise<Connection> {
  const address = parseEndpoint(endpoint, "the endpoint in use", Boolean(env.DOCKER_TLS_VERIFY));
  return { endpoint, address, tls: address.kind === "tcp" ? await findTlsFiles(endpoint, env) : null, patience };
}

async function findTlsFiles(endpoint: string, env: NodeJS.ProcessEnv): Promise<TlsFiles | null> {
  const configDirectory = dockerConfigDirectory(env);
  if (env.DOCKER_TLS_VERIFY) return readTlsFiles(env.DOCKER_CERT_PATH || configDirectory);
  for (const { name, host } of await listDockerContexts(configDirectory, readDockerFile)) {
    if (host !== endpoint) continue;
    const files = await readTlsFiles(contextTlsDirectory(configDirectory, name));
    if (files.ca !== null || files.cert !== null) return files;
  }
  return null;
}

async function readTlsFiles(directory: string): Promise<TlsFiles> {
  const [ca = null, cert = null, key = null] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readOptional(join(directory, name))),
  );
  return { directory, ca, cert, key };
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readDockerFile(path);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}
