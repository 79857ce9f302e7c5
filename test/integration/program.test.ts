import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exec } from "../../src/base/exec.ts";
import { labelsOfContainer, labelsOfEnvironment } from "../../src/model/labels.ts";
import { docker, engineSkip } from "../support/engine.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { createWorld, type World } from "../support/world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "bin/cilo.cjs");
const skip = await engineSkip();

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "cilo-program-"));
});
after(() => rm(directory, { recursive: true }));

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return exec(process.execPath, [program, ...args], {
    cwd: directory,
    env: { ...process.env, CILO_HOME: join(directory, "home"), NO_COLOR: "1", ...env },
  });
}

describe("the program", () => {
  test("says its version and nothing else", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

    const { stdout, stderr, exitCode } = await run(["--version"]);

    assert.deepEqual([stdout, stderr, exitCode], [version, "", 0]);
  });

  test("without a command shows what there is on stderr and ends with 2", async () => {
    const { stdout, stderr, exitCode } = await run([]);

    assert.equal(exitCode, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /Usage: cilo[\s\S]*\[CILO_USAGE\]/);
  });

  test("help goes to stdout, with examples, for every command", async () => {
    const { stdout } = await run(["--help"]);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)[ |]/gm)].map((match) => match[1] ?? "");
    assert.ok(commands.length >= 12, commands.join(" "));

    for (const command of commands.filter((name) => name !== "dns" && name !== "help")) {
      const help = await run([command, "--help"]);
      assert.equal(help.exitCode, 0, command);
      assert.match(help.stdout, /Examples:\n {2}\$ c/, command);
    }
    for (const command of ["start", "stop", "status", "query", "setup"]) {
      assert.match((await run(["dns", command, "--help"])).stdout, /Examples:\n {2}\$ cilo dns/, command);
    }
  });

  test("what reads leaves CILO_HOME alone", async () => {
    await run(["list"]);
    await run(["doctor"]);

    await assert.rejects(readFile(join(directory, "home/state.json")), { code: "ENOENT" });
  });

  test("list and status load neither dockerode nor the program runner", async () => {
    const loads = join(directory, "loads");
    const preload = `--import=${pathToFileURL(join(root, "test/support/record-loads.mjs"))}`;

    await run(["list", "--json"], { NODE_OPTIONS: preload, CILO_TEST_LOADS: loads });
    await run(["status", "none"], { NODE_OPTIONS: preload, CILO_TEST_LOADS: loads });

    const files = (await readFile(loads, "utf8")).split("\n").filter((url) => url.includes("/dist/"));
    assert.ok(files.length > 0);
    for (const url of new Set(files)) {
      const text = await readFile(fileURLToPath(url), "utf8");
      assert.doesNotMatch(text, /docker-modem|maxBuffer exceeded/, url);
    }
  });

  test("dns setup says what goes where here, and changes nothing", async () => {
    const { stdout, exitCode } = await run(["dns", "setup"]);
    const { steps } = JSON.parse((await run(["dns", "setup", "--json"])).stdout);

    assert.equal(exitCode, 0);
    assert.match(stdout, /^# This machine: /);
    assert.ok(steps.length >= 2);
  });

  for (const args of [["status"], ["query", "web.login.test"]]) {
    test(`dns ${args[0]} says that no DNS server runs`, async () => {
      const { stderr, exitCode } = await run(["dns", ...args]);

      assert.equal(exitCode, 3);
      assert.match(stderr, /\[CILO_DAEMON_NOT_RUNNING\]\nhint: start it with "cilo dns start --detach"$/);
    });
  }

  test("what is deprecated in its dependencies is not the user's concern", async () => {
    const state = makeState([makeEnvironment()]);
    const [environment] = Object.values(state.hosts.local.environments);
    assert.ok(environment);
    const network = {
      Id: "left-network",
      Name: `${environment.composeProject}_default`,
      Driver: "bridge",
      Labels: labelsOfEnvironment(state.installation, environment),
      IPAM: { Config: [{ Subnet: environment.subnet }] },
    };
    const removed: string[] = [];
    const engine = createServer((request, response) => {
      if (request.method === "DELETE") {
        removed.push(request.url ?? "");
        return void response.writeHead(204).end();
      }
      const info = { ID: "engine", ServerVersion: "27.0.0", OperatingSystem: "Linux", SecurityOptions: [] };
      const isNetworks = /\/networks(\?|$)/.test(request.url ?? "");
      const reply = request.url === "/info" ? info : isNetworks && removed.length === 0 ? [network] : [];
      response.setHeader("content-type", "application/json").end(JSON.stringify(reply));
    });
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const endpoint = `tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`;
    state.hosts.local.engine = { endpoint, id: "engine" };
    const home = join(directory, "with-engine");
    await mkdir(home);
    await writeFile(join(home, "state.json"), JSON.stringify(state));

    // Only a change of an engine at a TCP endpoint has dockerode loaded and url.parse() called.
    const { stderr } = await run(["down", "shop/blue"], { CILO_HOME: home, DOCKER_HOST: endpoint });
    engine.closeAllConnections();
    engine.close();

    assert.match(removed.join(), /\/networks\/left-network$/, stderr);
    assert.doesNotMatch(stderr, /Deprecation/);
  });

  test("an older Node.js gets one clear line", async (t) => {
    const old = await findOldNode();
    if (old === null) return t.skip("no Node.js older than 22.18 on PATH");

    const { stderr, exitCode } = await exec(old, [program, "list"]);

    assert.equal(exitCode, 3);
    assert.match(stderr, /^cilo: needs Node\.js 22\.18 or newer, this is \d[^\n]*\[CILO_NODE_TOO_OLD\]\nhint: [^\n]*$/);
  });
});

describe("output that cannot be written", () => {
  /** Runs a line of bash in which `cilo` is the program, with a CILO_HOME for these tests. */
  function shell(line: string) {
    const script = `cilo() { '${process.execPath}' '${program}' "$@"; }; ${line}`;
    return exec("bash", ["-c", script], {
      cwd: directory,
      env: { ...process.env, CILO_HOME: join(directory, "written"), NO_COLOR: "1" },
    });
  }

  test("a reader that has had enough is no failure", async () => {
    const { stdout, stderr } = await shell("cilo list --json | true; echo ${PIPESTATUS[0]}");

    assert.deepEqual([stdout, stderr], ["0", ""]);
  });

  test("nor does it hide one", async () => {
    const { stdout } = await shell("cilo status none --json 2>/dev/null | true; echo ${PIPESTATUS[0]}");

    assert.equal(stdout, "2");
  });

  test("a full disk behind stdout is said in one line, with 1", async () => {
    const { exitCode, stderr } = await shell("cilo list --json >/dev/full");

    assert.equal(exitCode, 1);
    assert.match(stderr, /^cilo: cannot write to stdout: ENOSPC[^\n]*\[CILO_OUTPUT_FAILED\]$/);
  });

  const broken: [string, string, string][] = [
    ["nobody reads", "unread", "2> >(true)"],
    ["goes to a full disk", "full", "2>/dev/full"],
  ];
  for (const [what, name, redirection] of broken) {
    test(`a command whose stderr ${what} does its work to the end`, async () => {
      const { exitCode, stdout } = await shell(`cilo create ${name} --from '${root}fixtures/shop' ${redirection}`);

      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`^created +shop/${name}\n`));
      assert.match((await shell("cilo list")).stdout, new RegExp(`^shop/${name} `, "m"));
    });
  }
});

describe("the program with an engine", { skip }, () => {
  let world: World;
  before(async () => {
    world = await createWorld();
    const talks = "services: { web: { image: IMAGE, command: [sh, -c, 'echo hello; exec sleep 600'], init: true } }";
    await world.must("create", "talk/blue", "--from", await world.write("talk", talks));
    await world.must("up", "talk/blue");
  });
  after(() => world[Symbol.asyncDispose]());

  /** Starts the program, sends it a signal once it has said something on stdout, and gives the exit code it ends with. */
  async function signalOnceItSpeaks(signal: NodeJS.Signals, args: readonly string[]): Promise<number> {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, CILO_HOME: world.home },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    child.stdout.resume().once("data", () => child.kill(signal));
    // Closed only once whatever it runs has ended as well: that holds the same stdout.
    const [exitCode] = await once(child, "close");
    clearTimeout(timer);
    return exitCode;
  }

  const commands: string[][] = [
    ["logs", "talk/blue", "--follow"],
    ["compose", "talk/blue", "logs", "--follow"],
    ["exec", "talk/blue", "web", "sh", "-c", "echo hello; exec sleep 60"],
  ];
  for (const args of commands) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      test(`${signal} ends "cilo ${args[0]}" and what it runs`, async () => {
        const exitCode = await signalOnceItSpeaks(signal, args);

        // Compose catches SIGTERM and ends with SIGINT's 130 then.
        assert.ok(exitCode > 128, `${exitCode}`);
      });
    }
  }

  test("up says what Compose says only when it is asked to", async () => {
    await world.must("down", "talk/blue");
    const quiet = await world.cilo(["up", "talk/blue"]);
    await world.must("down", "talk/blue");
    const verbose = await world.cilo(["up", "talk/blue", "--verbose"]);

    assert.doesNotMatch(quiet.stderr, /Container cilo-talk-blue-/);
    assert.match(verbose.stderr, /^ {2,}Container cilo-talk-blue-\S+ +Started$/m);
  });

  test("doctor lists what no environment accounts for, and its command removes it", async () => {
    const labels = labelsOfContainer(world.installation, { id: randomUUID(), project: "shop", name: "gone" }, "web");
    const flags = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    const prefix = `cilo-test-${world.installation.slice(0, 8)}`;
    await docker("volume", "create", ...flags, `${prefix}-data`);
    await docker(
      "create",
      ...flags,
      "--volume",
      `${prefix}-data:/data`,
      "--name",
      `${prefix}-web-1`,
      world.image,
      "true",
    );
    const before = await world.engineObjects();

    const { findings } = JSON.parse((await world.cilo(["doctor", "--json"])).stdout);
    const orphans = findings.filter(({ message }: { message: string }) => message.includes("shop/gone"));
    const removals = [];
    for (const command of new Set<string>(orphans.map(({ command }: { command: string }) => command))) {
      removals.push(await world.cilo([...command.split(" ").slice(1), "--yes"]));
    }

    assert.deepEqual(
      orphans.map(({ severity, message }: { severity: string; message: string }) => [severity, message.split(":")[0]]),
      [
        ["warning", `container ${prefix}-web-1`],
        ["warning", `volume ${prefix}-data`],
      ],
    );
    assert.deepEqual(
      removals.map(({ code }) => code),
      [0],
    );
    assert.deepEqual(
      await world.engineObjects(),
      before.filter((name) => !name.includes(prefix)),
    );
  });
});

describe("the package", () => {
  test("packs into a tarball that installs and runs elsewhere, with nothing to fetch", async () => {
    const packed = await exec("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", directory], {
      cwd: root,
    });
    const [{ filename, files }] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
    const elsewhere = join(directory, "elsewhere");

    const install = [
      "install",
      "--offline",
      "--no-audit",
      "--no-fund",
      "--prefix",
      elsewhere,
      join(directory, filename),
    ];
    const installed = await exec("npm", install, { cwd: directory });
    const version = await exec(process.execPath, [join(elsewhere, "node_modules/cilo/bin/cilo.cjs"), "--version"]);
    const setup = await exec(process.execPath, [join(elsewhere, "node_modules/cilo/bin/cilo.cjs"), "dns", "setup"], {
      env: { ...process.env, CILO_HOME: join(directory, "home") },
    });

    assert.equal(installed.exitCode, 0, installed.stderr);
    assert.match(version.stdout, /^\d+\.\d+\.\d+$/);
    assert.equal(setup.exitCode, 0, setup.stderr);
    assert.ok(files.every(({ path }) => !path.startsWith("src/") && !path.startsWith("test/")));
  });
});

async function findOldNode(): Promise<string | null> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, "node");
    const { stdout, exitCode } = await exec(candidate, ["-p", "process.versions.node"]);
    const [major = 0, minor = 0] = stdout.split(".").map(Number);
    if (exitCode === 0 && (major < 22 || (major === 22 && minor < 18))) return candidate;
  }
  return null;
}
