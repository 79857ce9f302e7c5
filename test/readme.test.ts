import assert from "node:assert/strict";
import { access, chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { parse } from "yaml";
import { exec } from "../src/base/exec.ts";
import type { CliContext } from "../src/cli/cli-context.ts";
import { createProgram } from "../src/cli/program.ts";
import { defaultCopyOptions } from "../src/compose/copy-options.ts";
import { parseProjectConfig } from "../src/compose/project-config.ts";
import { projectConfigRules } from "../src/compose/project-config-rules.ts";
import { findRangeProblem, findUpstreamProblem } from "../src/dns/option-problems.ts";
import { findBaseSubnetProblem } from "../src/network/base-subnet.ts";
import { parseSettings } from "../src/state/parse-settings.ts";
import { settingsRules } from "../src/state/settings-rules.ts";
import { engineSkip } from "./support/engine.ts";
import { createWorld } from "./support/world.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");
const skip = await engineSkip();

/** The fenced blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, of]) => of === language)
    .map(([, , text]) => text ?? "");
}

/** Never acts: only its commands and options are looked at. */
function describeProgram(): Promise<Command> {
  const terminal = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  return createProgram({ terminal, env: {}, version: "0", self: [] } as unknown as CliContext, []);
}

describe("README", () => {
  test("its two commands are scripts of the package", async () => {
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const commands = (blocks("sh")[0] ?? "").trim().split("\n");

    assert.deepEqual(commands, ["npm ci && npm run demo -- --install-engine", "npm test"]);
    assert.ok(scripts.demo && scripts.test);
  });

  test(".ci/run calls its test command", async () => {
    assert.match(await readFile(join(root, ".ci/run"), "utf8"), /^npm test$/m);
  });

  test("names every command, and no command or option that is not there", async () => {
    const program = await describeProgram();
    for (const command of program.commands) {
      const names =
        command.name() === "dns" ? command.commands.map((child) => `dns ${child.name()}`) : [command.name()];
      for (const name of names) assert.ok(readme.includes(`\`cilo ${name}`), `cilo ${name} is not documented`);
    }
    for (const line of blocks("sh").join("\n").split("\n")) {
      const words = line.replace(/^cd \$\(|\)$/g, "").split(" ");
      if (words[0] !== "cilo") continue;
      const command = findCommand(program, words.slice(1));
      assert.ok(command, line);
      for (const option of words.filter((word) => word.startsWith("--"))) {
        assert.ok(
          command.options.some(({ long }) => long === option),
          `${option} in ${line}`,
        );
      }
    }
    const mentioned = [...readme.matchAll(/`cilo ([a-z][a-z ]*)/g)].map(([, words = ""]) => words.trim());
    assert.ok(mentioned.length > 10);
    for (const words of mentioned) assert.ok(findCommand(program, words.split(" ")), `cilo ${words}`);
  });

  test("its example of .cilo/config.yml is a valid one", () => {
    const [example = ""] = blocks("yaml");

    const { places, ...values } = parseProjectConfig(example, "README.md");

    assert.deepEqual(
      [...places.keys()].filter((key) => !key.includes(".")),
      Object.keys(projectConfigRules),
    );
    assert.deepEqual(values, {
      project: "shop",
      composeFiles: ["compose.yml"],
      profiles: ["dev"],
      dnsSuffix: "shop.internal",
      ingress: "web",
      copyOptions: {
        ...defaultCopyOptions,
        ...{ networks: "preserve", hostNetwork: "convert", images: "shared", keepVolumes: ["cache"] },
      },
    });
  });

  test("its example of a user layer is a Compose file", () => {
    const [, example = ""] = blocks("yaml");

    assert.deepEqual(Object.keys(parse(example).services), ["web", "adminer"]);
  });

  test("its example of config.yml is a valid one, and its table has the keys and options that there are", async () => {
    const [, , example = ""] = blocks("yaml");
    const checks = { findUpstreamProblem, findRangeProblem, findBaseSubnetProblem };
    const settings = parseSettings(example, { file: "README.md", checks });
    const options = findCommand(await describeProgram(), ["dns", "start"])?.options.map(({ long }) => long) ?? [];

    for (const [section, rules] of Object.entries(settingsRules(checks))) {
      const wanted = [...rules.values()].map(({ setting }) => setting);
      assert.deepEqual(Object.keys(settings[section as keyof typeof settings]), wanted, section);
    }
    const rows = [...readme.matchAll(/^\| `(--[a-z-]+)[^`]*` \| `(\w+)` \|/gm)];
    assert.deepEqual(
      rows.map(([, , key]) => key),
      Object.keys(settings.dns),
    );
    for (const [, option] of rows) assert.ok(options.includes(option), `${option} is no option of cilo dns start`);
  });

  test("its tree of src is the tree of src", async () => {
    const tree = blocks("text").find((block) => block.startsWith("src/")) ?? "";
    const listed = [...tree.matchAll(/^ {2}([a-z.]+?)\/? {2,}/gm)].map((match) => match[1]).sort();

    assert.deepEqual(listed, (await readdir(join(root, "src"))).sort());
  });

  test("the files it speaks of are there", async () => {
    for (const [, path = ""] of readme.matchAll(/`((?:fixtures|resolver-setup|\.ci|test)\/[\w./-]*)`/g))
      await access(join(root, path));
  });

  test("daily use runs as it is written", { skip }, async () => {
    await using world = await createWorld();
    const home = join(world.directory, "user");
    const bin = join(world.directory, "bin");
    await mkdir(home);
    await mkdir(bin);
    await world.project("shop");
    await exec("cp", ["-r", join(world.directory, "src/shop"), join(home, "shop")]);
    await writeFile(join(bin, "cilo"), `#!/bin/sh\nexec '${process.execPath}' '${root}bin/cilo.cjs' "$@"\n`);
    await chmod(join(bin, "cilo"), 0o755);
    const script = blocks("sh").find((block) => block.includes("cilo create login")) ?? "";

    const result = await exec("sh", ["-e", "-x", "-c", script], {
      cwd: home,
      env: {
        ...process.env,
        HOME: home,
        CILO_HOME: world.home,
        CILO_DNS_PORT: "0",
        PATH: `${bin}:${process.env.PATH}`,
      },
      timeoutMs: 120_000,
    });

    assert.equal(result.exitCode, 0, `${result.stderr}\n${result.stdout}`);
    assert.match(result.stdout, /hello from [0-9a-f]{12}/);
    assert.match(result.stdout, /web\.login\.test +1 +A +10\.\d+\.\d+\.\d+/);
    assert.match(result.stdout, /shop\/login is destroyed/);
    assert.deepEqual(await world.engineObjects(), []);
  });
});

function findCommand(program: Command, words: readonly string[]): Command | undefined {
  const command = program.commands.find((candidate) => candidate.name() === words[0]);
  return command && command.commands.length > 0 ? findCommand(command, words.slice(1)) : command;
}
