import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CiloError } from "../../base/errors.ts";
import {
  dockerConfigDirectory,
  isDefaultContext,
  type ReadTextFile,
  readDockerConfig,
  readDockerContext,
  readDockerFile,
} from "./docker-config.ts";

/** Where an engine listens. */
export type EngineAddress = { kind: "unix"; path: string } | { kind: "tcp"; host: string; port: number };

export interface ResolveEndpointOptions {
  /** DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_TLS_VERIFY and HOME are read. */
  env: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  readFile?: ReadTextFile;
  fileExists?: (path: string) => Promise<boolean>;
}

export interface ResolvedEndpoint {
  /** As DOCKER_HOST takes it, in one spelling: "unix:///var/run/docker.sock", "tcp://127.0.0.1:2376". */
  endpoint: string;
  /** What named it: "DOCKER_HOST", "context desktop-linux (DOCKER_CONTEXT)", "default". */
  source: string;
}

const defaultSocket = "/var/run/docker.sock";
/** Ports that an endpoint without one means, registered for the engine without and with TLS. */
const defaultPort = 2375;
const defaultTlsPort = 2376;

/**
 * Finds out which engine the docker program would talk to here: DOCKER_HOST, else DOCKER_CONTEXT, else the current context, else
 * the default socket. The engine itself is not asked.
 * @throws CILO_ENGINE_UNREACHABLE for a context that does not exist, CILO_ENGINE_UNSUPPORTED for ssh, npipe and the like.
 */
export async function resolveEndpoint(options: ResolveEndpointOptions): Promise<ResolvedEndpoint> {
  const { env } = options;
  const tls = Boolean(env.DOCKER_TLS_VERIFY);
  if (env.DOCKER_HOST) return { endpoint: normalise(env.DOCKER_HOST, "DOCKER_HOST", tls), source: "DOCKER_HOST" };

  const files = { directory: dockerConfigDirectory(env), readFile: options.readFile ?? readDockerFile };
  const chosen = await chooseContext(env, files);
  if (chosen === null) return { endpoint: `unix://${await findDefaultSocket(options)}`, source: "default" };

  const context = await readDockerContext(chosen.name, files);
  if (context === null) throw unknownContext(chosen);
  const source = `context ${chosen.name} (${chosen.from})`;
  return { endpoint: normalise(context.host, source, tls), source };
}

async function chooseContext(
  env: NodeJS.ProcessEnv,
  files: { directory: string; readFile: ReadTextFile },
): Promise<{ name: string; from: string } | null> {
  if (env.DOCKER_CONTEXT) {
    return isDefaultContext(env.DOCKER_CONTEXT) ? null : { name: env.DOCKER_CONTEXT, from: "DOCKER_CONTEXT" };
  }
  const { currentContext } = await readDockerConfig(files.directory, files.readFile);
  return currentContext === null ? null : { name: currentContext, from: join(files.directory, "config.json") };
}

function unknownContext(chosen: { name: string; from: string }): CiloError {
  return new CiloError(
    "CILO_ENGINE_UNREACHABLE",
    `docker context ${JSON.stringify(chosen.name)}, named by ${chosen.from}, does not exist`,
    {
      hint: 'run "docker context ls" to see those that do, then "docker context use <name>" (or unset DOCKER_CONTEXT)',
      details: { context: chosen.name, from: chosen.from },
    },
  );
}

/** Docker Desktop for Mac makes the system-wide socket only where it was allowed to; its own is in the home directory. */
async function findDefaultSocket(options: ResolveEndpointOptions): Promise<string> {
  if ((options.platform ?? process.platform) !== "darwin") return defaultSocket;
  const fileExists = options.fileExists ?? isThere;
  if (await fileExists(defaultSocket)) return defaultSocket;
  const ownSocket = join(options.env.HOME || homedir(), ".docker/run/docker.sock");
  return (await fileExists(ownSocket)) ? ownSocket : defaultSocket;
}

function normalise(text: string, source: string, tls: boolean): string {
  const address = parseEndpoint(text, source, tls);
  return address.kind === "unix" ? `unix://${address.path}` : `tcp://${formatHost(address.host)}:${address.port}`;
}

function formatHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Takes an endpoint apart. As with the docker program, one without a scheme is tcp.
 * @param source what named it, for the message.
 * @param tls whether a missing port is that of TLS.
 * @throws CILO_ENGINE_UNSUPPORTED for every scheme but unix and tcp, and for what is no endpoint at all.
 */
export function parseEndpoint(text: string, source: string, tls: boolean): EngineAddress {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1] ?? "tcp";
  if (scheme === "unix") {
    const path = text.slice("unix://".length) || defaultSocket;
    if (path.startsWith("/")) return { kind: "unix", path };
    throw unsupported(`the endpoint named by ${source} is a unix socket without an absolute path`);
  }
  if (scheme !== "tcp") {
    throw unsupported(
      `the endpoint named by ${source} is of the kind ${scheme}://, and only unix:// and tcp:// can be used`,
    );
  }
  const url = parseUrl(text.includes("://") ? text : `tcp://${text}`);
  if (url === null || url.hostname === "" || !["", "/"].includes(url.pathname)) {
    throw unsupported(`the endpoint named by ${source} is not of the form tcp://HOST:PORT`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind: "tcp", host, port: Number(url.port) || (tls ? defaultTlsPort : defaultPort) };
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** The endpoint itself stays out of the message: it may carry a user's name and password. */
function unsupported(why: string): CiloError {
  return new CiloError("CILO_ENGINE_UNSUPPORTED", `cannot use this engine: ${why}`, {
    hint: 'run "unset DOCKER_HOST DOCKER_CONTEXT" and "docker context use default" to use the engine of this machine',
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
