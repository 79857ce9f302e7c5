import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));

/** Which parts a part may import, besides itself. A file at the top of src is a part of its own. */
const allowed: Record<string, readonly string[]> = {
  base: [],
  model: ["base"],
  network: ["base", "model"],
  sharing: ["base", "model"],
  compose: ["base", "model"],
  dns: ["base", "model"],
  control: ["base", "model"],
  state: ["base", "model"],
  runtime: ["base", "model"],
  workspace: ["base", "model"],
  resolver: ["base", "model"],
  controller: ["base", "model", "network", "sharing", "compose", "control", "state", "runtime", "workspace"],
  doctor: ["base", "model", "network", "dns", "control", "state", "runtime", "resolver", "controller"],
  daemon: ["base", "model", "network", "sharing", "dns", "control", "state", "runtime", "controller"],
  cli: ["base", "model", "dns", "control", "resolver", "controller", "doctor", "daemon"],
  "cli.ts": ["base", "model", "control", "state", "runtime", "resolver", "cli", "daemon"],
};

/** Packages that one file alone may import, so that they can be replaced there. */
const soleImporters: Record<string, string> = {
  dns2: "dns/codec.ts",
  dockerode: "runtime/docker/engine-api.ts",
  lowdb: "state/state-file.ts",
  "proper-lockfile": "state/lock.ts",
};

/** Parts that wire the others together; only they may make the concrete ones. */
const makers: Record<string, readonly string[]> = {
  "runtime/docker/provider.ts": ["cli.ts"],
  "control/client.ts#createControlClient": ["cli.ts"],
};

interface Import {
  file: string;
  specifier: string;
  /** `import type`: gone when the program runs. */
  isType: boolean;
  isDynamic: boolean;
  names: string;
}

const imports = await readImports();

test("every part imports only what its row of the table allows", () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith("."))
    .map((entry) => ({ ...entry, target: relative(src, resolve(src, dirname(entry.file), entry.specifier)) }))
    .filter(({ file, target }) => partOf(file) !== partOf(target))
    .filter(({ file, target }) => !(allowed[partOf(file)] ?? []).includes(partOf(target)))
    .map(({ file, target }) => `${file} imports ${target}`);

  assert.deepEqual(wrong, []);
});

test("every folder of src has a row in the table", async () => {
  const entries = await readdir(src);

  const unknown = entries.filter((entry) => !(entry in allowed));

  assert.deepEqual(unknown, []);
});

test("the daemon's parts know nothing of the command line", () => {
  const wrong = imports.filter(
    ({ file, specifier }) => file.startsWith("daemon/") && /\/cli(\/|\.ts$)/.test(specifier),
  );

  assert.deepEqual(wrong, []);
});

test("each heavy package has one importer", () => {
  for (const [name, owner] of Object.entries(soleImporters)) {
    const importers = imports
      .filter(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`))
      .map(({ file }) => file);

    assert.deepEqual([...new Set(importers)], [owner], name);
  }
});

test("dockerode is loaded when it is needed, not at start", () => {
  const eager = imports.filter(
    ({ specifier, isType, isDynamic }) => specifier === "dockerode" && !isType && !isDynamic,
  );

  assert.deepEqual(eager, []);
});

test("only the entry makes the concrete engine and control client", () => {
  for (const [made, where] of Object.entries(makers)) {
    const [path = "", name] = made.split("#");
    const importers = imports
      .filter(({ isType, specifier }) => !isType && specifier.startsWith("."))
      .filter(({ file, specifier }) => relative(src, resolve(src, dirname(file), specifier)) === path)
      .filter(({ names }) => name === undefined || names.includes(name))
      .map(({ file }) => file);

    assert.deepEqual(importers, where, made);
  }
});

test("the controller writes to no stream of its own", async () => {
  const files = (await sourceFiles()).filter((file) => file.startsWith("controller/"));

  for (const file of files) {
    const text = await readFile(join(src, file), "utf8");
    assert.doesNotMatch(text, /process\.(stdout|stderr)|console\./, file);
  }
});

test("no file is longer than 300 lines", async () => {
  const long: string[] = [];
  for (const file of await sourceFiles()) {
    const lines = (await readFile(join(src, file), "utf8")).split("\n").length;
    if (lines > 301) long.push(`${file}: ${lines}`);
  }

  assert.deepEqual(long, []);
});

function partOf(file: string): string {
  return file.split("/")[0] ?? "";
}

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(src, { recursive: true });
  return entries.filter((entry) => entry.endsWith(".ts")).sort();
}

async function readImports(): Promise<Import[]> {
  const found: Import[] = [];
  for (const file of await sourceFiles()) {
    const text = await readFile(join(src, file), "utf8");
    for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?([^;"]*?)\s*(?:from\s+)?"([^"]+)";/gm)) {
      found.push({
        file,
        specifier: match[3] ?? "",
        isType: Boolean(match[1]),
        isDynamic: false,
        names: match[2] ?? "",
      });
    }
    for (const match of text.matchAll(/\bimport\("([^"]+)"\)/g)) {
      found.push({ file, specifier: match[1] ?? "", isType: false, isDynamic: true, names: "" });
    }
  }
  return found;
}
