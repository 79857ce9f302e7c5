import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exec } from "../../src/base/exec.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "bin/cilo.cjs");

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

  test("an older Node.js gets one clear line", async (t) => {
    const old = await findOldNode();
    if (old === null) return t.skip("no Node.js older than 22.18 on PATH");

    const { stderr, exitCode } = await exec(old, [program, "list"]);

    assert.equal(exitCode, 3);
    assert.match(stderr, /^cilo: needs Node\.js 22\.18 or newer, this is \d[^\n]*\[CILO_NODE_TOO_OLD\]\nhint: [^\n]*$/);
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
