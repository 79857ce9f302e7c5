import { createHash } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * The longest path a unix socket may have, in bytes: sun_path is 104 on macOS (108 on Linux) with its closing NUL.
 */
export const maxSocketPathBytes = 103;

/** Where an installation of cilo keeps its files. All paths are absolute. */
export interface Paths {
  home: string;
  stateFile: string;
  /** The user's own settings; cilo only reads them. */
  configFile: string;
  envs: string;
  generated: string;
  locks: string;
  run: string;
  logs: string;
  trash: string;
  /** The control socket; outside `run` when that path is too long for a socket. */
  socket: string;
  /** Says where the socket is when it is not in `run`. */
  socketPointer: string;
}

/**
 * Lays out an installation.
 * @param env the process environment; CILO_HOME (default ~/.cilo) and XDG_RUNTIME_DIR are read.
 */
export function resolvePaths(env: NodeJS.ProcessEnv): Paths {
  const home = env.CILO_HOME ? resolve(env.CILO_HOME) : join(homedir(), ".cilo");
  const run = join(home, "run");
  return {
    home,
    stateFile: join(home, "state.json"),
    configFile: join(home, "config.yml"),
    envs: join(home, "envs"),
    generated: join(home, "generated"),
    locks: join(home, "locks"),
    run,
    logs: join(home, "logs"),
    trash: join(home, "trash"),
    socket: chooseSocketPath(join(run, "cilo.sock"), home, env),
    socketPointer: join(run, "socket"),
  };
}

function chooseSocketPath(preferred: string, home: string, env: NodeJS.ProcessEnv): string {
  if (Buffer.byteLength(preferred) <= maxSocketPathBytes) return preferred;
  const tag = createHash("sha256").update(home).digest("hex").slice(0, 12);
  const runtimeDir = env.XDG_RUNTIME_DIR;
  if (runtimeDir && isAbsolute(runtimeDir)) {
    const inRuntimeDir = join(runtimeDir, `cilo-${tag}.sock`);
    if (Buffer.byteLength(inRuntimeDir) <= maxSocketPathBytes) return inRuntimeDir;
  }
  // The directory is made 0700 and checked for its owner by whoever listens: the temp directory is everybody's.
  return join(tmpdir(), `cilo-${process.getuid?.() ?? 0}-${tag}`, "cilo.sock");
}
