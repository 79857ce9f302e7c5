import { Resolver } from "node:dns/promises";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CiloError, messageOf } from "../src/base/errors.ts";
import { exec } from "../src/base/exec.ts";
import { ensureDemoImage } from "./demo-image.ts";
import { installEngine } from "./install-engine.ts";
import { findEngineVersion } from "./start-engine.ts";

/**
 * The main job, on this machine: two copies of fixtures/shop side by side, found by name. Works in a temporary CILO_HOME, on a free port, and leaves nothing behind.
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const program = join(root, "bin/cilo.cjs");
const copies = ["blue", "green"] as const;

interface Demo {
  directory: string;
  cilo(...args: string[]): Promise<string>;
}

const { values: flags } = parseArgs({ options: { "install-engine": { type: "boolean", default: false } } });

try {
  await run(flags["install-engine"]);
} catch (error) {
  console.error(`demo: ${messageOf(error)}`);
  if (error instanceof CiloError && error.hint) console.error(`hint: ${error.hint}`);
  process.exitCode = 1;
}

async function run(mayInstall: boolean): Promise<void> {
  await requireEngine(mayInstall);
  await using stack = new AsyncDisposableStack();
  const image = await ensureDemoImage();
  stack.defer(() => image.remove());
  const directory = await mkdtemp(join(tmpdir(), "cilo-demo-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const demo = createDemo(directory);
  stack.defer(() => cleanUp(demo));
  await show(demo);
  console.log("\ncleaning up");
}

async function requireEngine(mayInstall: boolean): Promise<void> {
  if (mayInstall) {
    await installEngine({ testTools: false, log: console.log });
  } else if ((await findEngineVersion()) === null) {
    throw new CiloError("CILO_ENGINE_UNREACHABLE", "no Docker Engine answers", {
      hint: 'start Docker; on Debian or Ubuntu, as root, "npm run demo -- --install-engine" installs and starts it',
    });
  }
}

function createDemo(directory: string): Demo {
  const env = { ...process.env, CILO_HOME: join(directory, "home") };
  return {
    directory,
    async cilo(...args) {
      console.log(`\n$ cilo ${args.join(" ").replaceAll(directory, ".")}`);
      const result = await exec(process.execPath, [program, ...args], { cwd: directory, env, timeoutMs: 120_000 });
      for (const text of [result.stderr, result.stdout]) if (text !== "") console.log(text.replaceAll(directory, "."));
      if (result.exitCode === 0) return result.stdout;
      throw new Error(`"cilo ${args.join(" ")}" ended with ${result.exitCode ?? result.signal}`);
    },
  };
}

async function show({ directory, cilo }: Demo): Promise<void> {
  const source = join(directory, "shop");
  await cp(join(root, "fixtures/shop"), source, { recursive: true });
  await cilo("dns", "start", "--detach", "--port", "0");
  for (const copy of copies) {
    await cilo("create", `shop/${copy}`, "--from", source);
    const workspace = (await cilo("path", `shop/${copy}`)).trim();
    await mark(join(workspace, "site/index.html"), copy);
  }
  await Promise.all(copies.map((copy) => cilo("up", `shop/${copy}`, "--progress", "plain")));
  await cilo("list");
  const port = await findPort(cilo);
  for (const copy of copies) await fetchByName(`web.${copy}.test`, port, copy);
}

/** Makes a copy's page its own, as somebody working on it would. */
async function mark(page: string, copy: string): Promise<void> {
  await writeFile(page, `${await readFile(page, "utf8")}<p>edited in ${copy}</p>\n`);
}

async function findPort(cilo: Demo["cilo"]): Promise<number> {
  const status: unknown = JSON.parse(await cilo("dns", "status", "--json"));
  const { daemon } = status as { daemon: { port: number } };
  return daemon.port;
}

/** Resolves with a client that is not ours (c-ares), then asks that address for the page. */
async function fetchByName(name: string, port: number, expected: string): Promise<void> {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${port}`]);
  const [address] = await resolver.resolve4(name);
  const page = await (await fetch(`http://${address}/`)).text();
  console.log(`\nhttp://${name} is ${address} and says:\n${page.trim()}`);
  if (!page.includes(`edited in ${expected}`)) throw new Error(`${name} answered with another copy's page`);
}

async function cleanUp({ cilo }: Demo): Promise<void> {
  for (const copy of copies) {
    try {
      await cilo("destroy", `shop/${copy}`, "--force", "--progress", "quiet");
    } catch (error) {
      console.error(messageOf(error));
      process.exitCode = 1;
    }
  }
  await cilo("dns", "stop");
}
