import { randomUUID } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { waitFor } from "../../src/base/wait.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import { ensureBusyboxImage } from "./busybox-image.ts";
import { docker } from "./engine.ts";
import { takeEngineTurn } from "./engine-turn.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "bin/cilo.cjs");

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Aborted: the program is killed with SIGKILL. */
  killSignal?: AbortSignal;
}

/**
 * A CILO_HOME of its own in a temporary directory, with the built `cilo` as a user has it. Whatever was made on the engine under it is gone when the world is disposed
 * of, also after a failure.
 */
export interface World extends AsyncDisposable {
  directory: string;
  home: string;
  installation: string;
  /** The image of the fixture's services. */
  image: string;
  /** Runs the program; does not throw when it fails. */
  cilo(args: readonly string[], options?: RunOptions): Promise<Run>;
  /** Runs the program and gives what it wrote on stdout. @throws with all it said when it fails. */
  must(...args: string[]): Promise<string>;
  /** A copy of fixtures/shop to create environments from. */
  project(name: string): Promise<string>;
  /** A project of one Compose file; `IMAGE` in it stands for the image. */
  write(name: string, compose: string, files?: Record<string, string>): Promise<string>;
  /** Starts the daemon and gives its port. */
  startDns(...args: string[]): Promise<number>;
  /** Addresses that the daemon answers with, asked by c-ares; empty when there is no such name. */
  resolve(name: string): Promise<string[]>;
  state(): Promise<State>;
  /** Names of everything on the engine with this installation's label, "container cilo-shop-blue-web-1". */
  engineObjects(): Promise<string[]>;
}

let lastWorld = 0;

/** Test files run in parallel processes; each world has a base subnet of its own, so that their networks do not meet. */
function chooseBaseSubnet(): string {
  lastWorld += 1;
  return `10.${128 + ((process.pid * 7 + lastWorld) % 80)}.0.0/16`;
}

/** Makes a world, once the engine is free. */
export async function createWorld(): Promise<World> {
  const endTurn = await takeEngineTurn();
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-world-")));
  const home = join(directory, "home");
  const installation = randomUUID();
  const image = `cilo-test-${installation.slice(0, 8)}`;
  await mkdir(home, { mode: 0o700 });
  await writeFile(
    join(home, "state.json"),
    JSON.stringify({ ...emptyState(installation), baseSubnet: chooseBaseSubnet() }),
    { mode: 0o600 },
  );
  const busybox = await ensureBusyboxImage(image);
  let port = 0;

  const world: World = {
    directory,
    home,
    installation,
    image,

    async cilo(args, options = {}) {
      let pid = 0;
      options.killSignal?.addEventListener("abort", () => process.kill(pid, "SIGKILL"));
      const result = await exec(process.execPath, [program, ...args], {
        onStart: (started) => {
          pid = started;
        },
        cwd: options.cwd ?? directory,
        env: { ...process.env, CILO_HOME: home, NO_COLOR: "1", ...options.env },
        timeoutMs: 120_000,
        ...(options.input === undefined ? {} : { input: options.input }),
      });
      return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
    },

    async must(...args) {
      const { code, stdout, stderr } = await world.cilo(args);
      if (code !== 0) throw new Error(`cilo ${args.join(" ")} ended with ${code}\n${stderr}\n${stdout}`);
      return stdout;
    },

    async project(name) {
      const path = join(directory, "src", name);
      await cp(join(root, "fixtures/shop"), path, { recursive: true });
      const file = join(path, "compose.yml");
      await writeFile(file, (await readFile(file, "utf8")).replaceAll("cilo-demo-busybox", image));
      return path;
    },

    async write(name, compose, files = {}) {
      const path = join(directory, "src", name);
      for (const [file, text] of Object.entries({ "compose.yml": compose.replaceAll("IMAGE", image), ...files })) {
        await mkdir(join(path, file, ".."), { recursive: true });
        await writeFile(join(path, file), text);
      }
      return path;
    },

    async startDns(...args) {
      await world.must("dns", "start", "--detach", "--port", "0", ...args);
      const { daemon } = JSON.parse(await world.must("dns", "status", "--json")) as { daemon: { port: number } };
      port = daemon.port;
      return port;
    },

    async resolve(name) {
      const resolver = new Resolver({ timeout: 2_000, tries: 2 });
      resolver.setServers([`127.0.0.1:${port}`]);
      try {
        return await resolver.resolve4(name);
      } catch (error) {
        if (error instanceof Error && "code" in error && ["ENOTFOUND", "ENODATA"].includes(String(error.code)))
          return [];
        throw error;
      }
    },

    async state() {
      return JSON.parse(await readFile(join(home, "state.json"), "utf8"));
    },

    engineObjects: () => listObjects(`cilo.installation=${installation}`),

    async [Symbol.asyncDispose]() {
      await world.cilo(["dns", "stop"]);
      // They have no label: state alone knows those whose containers are gone.
      const state = await world.state().catch(() => emptyState(installation));
      const environments = Object.values(state.hosts.local.environments);
      await removeObjects(`cilo.installation=${installation}`);
      for (const name of environments.flatMap(({ anonymousVolumes }) => anonymousVolumes)) {
        await exec("docker", ["volume", "rm", "--force", name], { timeoutMs: 60_000 });
      }
      await busybox.remove();
      await endTurn();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}

/** Names of containers, networks and volumes with a label. */
export async function listObjects(label: string): Promise<string[]> {
  const filter = ["--filter", `label=${label}`];
  const [containers, networks, volumes] = await Promise.all([
    docker("container", "ls", "--all", ...filter, "--format", "container {{.Names}}"),
    docker("network", "ls", ...filter, "--format", "network {{.Name}}"),
    docker("volume", "ls", ...filter, "--format", "volume {{.Name}}"),
  ]);
  return [containers, networks, volumes].flatMap((text) => text.split("\n").filter((line) => line !== "")).sort();
}

const removalOptions = { container: ["--force", "--volumes"], network: [], volume: ["--force"] };

async function removeObjects(label: string): Promise<void> {
  for (const kind of ["container", "network", "volume"] as const) {
    for (const object of await listObjects(label)) {
      const [of, name = ""] = object.split(" ");
      if (of !== kind) continue;
      await exec("docker", [kind, "rm", ...removalOptions[kind], name], { timeoutMs: 60_000 });
    }
  }
}

/** Looks until `check` holds; gives back whether it did. */
export async function eventually(check: () => Promise<boolean>, timeoutMs = 10_000): Promise<boolean> {
  return (await waitFor(async () => ((await check()) ? true : null), { timeoutMs })) ?? false;
}

/** The page at an address, or null when nobody answers. */
export async function fetchText(url: string): Promise<string | null> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(3_000) })).text();
  } catch {
    return null;
  }
}

/** Everything in a directory, to compare before and after. */
export async function listTree(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}
