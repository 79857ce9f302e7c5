import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { docker, engineSkip, removeAfter } from "../support/engine.ts";
import { createWorld, eventually, listObjects, type World } from "../support/world.ts";

const skip = await engineSkip();

const compose = `
services:
  web:
    build: .
    command: [httpd, -f, -h, /site]
    init: true
    volumes: ["data:/data"]
volumes:
  data:
`;

interface Item {
  kind: string;
  name: string;
  cause: string;
  sizeBytes: number | null;
  removed: boolean | null;
}

describe("prune", { skip }, () => {
  // Its own in each run: an image that is there by the name is not built.
  const project = `pruned-${process.pid}`;
  let world: World;
  before(async () => {
    world = await createWorld();
    const dockerfile = `FROM ${world.image}\nCOPY index.html /site/index.html\n`;
    const source = await world.write(project, compose, { Dockerfile: dockerfile, "index.html": "first" });
    await world.must("create", `${project}/blue`, "--from", source);
    await world.must("up", `${project}/blue`);
  });
  after(async () => {
    const images = await docker("image", "ls", "--quiet", "--filter", `label=cilo.installation=${world.installation}`);
    await world[Symbol.asyncDispose]();
    const ids = [...new Set(images.split("\n"))].filter((id) => id !== "");
    if (ids.length > 0) await docker("image", "rm", "--force", ...ids);
  });

  async function prune(...args: string[]): Promise<Item[]> {
    return JSON.parse(await world.must("prune", "--json", ...args)).items;
  }

  async function isThere(image: string): Promise<boolean> {
    return (await docker("image", "ls", "--all", "--quiet", "--no-trunc")).split("\n").includes(image);
  }

  test("an installation that is in order has nothing to remove", async () => {
    const { code, stdout } = await world.cilo(["prune"]);

    assert.deepEqual({ code, stdout }, { code: 0, stdout: "nothing to remove" });
  });

  test("an image that a later build took the name from goes, and what the user made from it stays", async (t) => {
    const container = `cilo-${project}-blue-web-1`;
    const first = await docker("container", "inspect", "--format", "{{.Image}}", container);
    const workspace = (await world.must("path", `${project}/blue`)).trim();
    for (const text of ["second", "third"]) {
      await writeFile(join(workspace, "index.html"), text);
      await world.must("up", `${project}/blue`, "--build");
      if (text === "second") {
        const second = await docker("container", "inspect", "--format", "{{.Image}}", container);
        await docker("image", "tag", second, removeAfter(t, "image", `mine-${process.pid}:kept`));
      }
    }
    const committed = removeAfter(t, "image", await docker("container", "commit", container));
    const kept = await docker("image", "inspect", "--format", "{{.Id}}", `mine-${process.pid}:kept`);

    const planned = await prune();
    const removed = await prune("--yes");

    const expected = { kind: "image", name: first, cause: `a later build of ${project}/blue took its name` };
    assert.deepEqual(
      planned.map(({ kind, name, cause, removed }) => ({ kind, name, cause, removed })),
      [{ ...expected, removed: null }],
    );
    assert.ok((planned[0]?.sizeBytes ?? 0) > 0);
    assert.deepEqual(
      removed.map((item) => item.removed),
      [true],
    );
    assert.equal(await isThere(first), false);
    assert.deepEqual(await Promise.all([isThere(committed), isThere(kept)]), [true, true]);
    assert.deepEqual(await prune(), []);
  });

  test("what state does not know goes once it is said, and other installations' things stay", async (t) => {
    const lost = `cilo-${project}-lost`;
    const state = join(world.home, "state.json");
    const copy = join(world.directory, "state.json");
    await copyFile(state, copy);
    const source = join(world.directory, "src", project);
    await world.must("create", `${project}/lost`, "--from", source);
    await world.must("up", `${project}/lost`);
    // As after a restored backup.
    await copyFile(copy, state);
    const labels = ["cilo=true", "cilo.installation=another", "cilo.id=lost", `cilo.project=${project}`];
    const other = removeAfter(t, "volume", `${lost}-other`);
    await docker("volume", "create", ...labels.flatMap((label) => ["--label", label]), other);
    const before = await world.engineObjects();

    const planned = await prune();
    const afterPlan = await world.engineObjects();
    const removed = await prune("--yes");

    const names = [`${lost}-web-1`, `${lost}_default`, `${lost}_data`, `${lost}-web:latest`];
    const ofEngine = planned.filter(({ kind }) => kind !== "file");
    assert.deepEqual(ofEngine.map(({ name }) => name).sort(), names.sort());
    assert.deepEqual(afterPlan, before);
    assert.equal(typeof planned.find(({ kind }) => kind === "volume")?.sizeBytes, "number");
    assert.ok(
      removed.every((item) => item.removed),
      JSON.stringify(removed),
    );
    assert.deepEqual(
      await world.engineObjects(),
      before.filter((object) => !object.includes("lost")),
    );
    assert.deepEqual(await listObjects("cilo.installation=another"), [`volume ${other}`]);
    assert.doesNotMatch(await docker("image", "ls", "--format", "{{.Repository}}"), new RegExp(lost));
    assert.ok(await eventually(async () => (await prune()).length === 0));
  });

  test("what is in the trash stays until its time is over, or all of it is asked for", async () => {
    await world.must("create", `${project}/trashed`, "--from", join(world.directory, "src", project));
    await world.must("destroy", `${project}/trashed`, "--yes");
    const [entry = ""] = await readdir(join(world.home, "trash"));
    assert.match(entry, new RegExp(`${project}-trashed-`));

    const young = await prune();
    const planned = await prune("--all-trash");
    const removed = await prune("--all-trash", "--yes");

    assert.deepEqual(young, []);
    assert.deepEqual(
      [...planned, ...removed].map(({ kind, name, removed }) => ({ kind, name, removed })),
      [
        { kind: "trash", name: entry, removed: null },
        { kind: "trash", name: entry, removed: true },
      ],
    );
    assert.ok((planned[0]?.sizeBytes ?? 0) > 0);
    assert.deepEqual(await readdir(join(world.home, "trash")), []);
  });

  test("half-written files of processes that ended go, and of those that live stay", async () => {
    await mkdir(join(world.home, "envs/shop/.half.4194305-0123456789ab.copy"), { recursive: true });
    await writeFile(join(world.home, "state.json.4194305.0123456789ab.tmp"), "{");
    await writeFile(join(world.home, `state.json.${process.pid}.0123456789ab.tmp`), "{");

    const removed = await prune("--yes");

    assert.deepEqual(
      removed.map(({ kind, name, removed }) => ({ kind, name: name.replace(`${world.home}/`, ""), removed })),
      [
        { kind: "file", name: "envs/shop/.half.4194305-0123456789ab.copy", removed: true },
        { kind: "file", name: "state.json.4194305.0123456789ab.tmp", removed: true },
      ],
    );
  });

  test("without an engine it says so, and finds files", async () => {
    await writeFile(join(world.home, "state.json.4194305.0123456789ab.tmp"), "{");
    const env = { DOCKER_HOST: `unix://${world.directory}/none.sock` };

    const { code, stdout, stderr } = await world.cilo(["prune", "--yes"], { env });

    assert.equal(code, 0, stderr);
    assert.match(stdout, /file .*state\.json\.4194305[\s\S]*removed 1 file/);
    assert.match(stderr, /engine/);
  });
});
