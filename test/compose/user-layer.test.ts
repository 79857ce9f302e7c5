import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { CiloError } from "../../src/base/errors.ts";
import { defaultCopyOptions } from "../../src/compose/copy-options.ts";
import { describeUserLayer, readUserLayer, withUserLayer } from "../../src/compose/user-layer.ts";

/** A project with a `.cilo`, and the path of the layer in it. */
async function projectWithoutLayer(t: TestContext): Promise<{ directory: string; file: string }> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-layer-")));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, "project/.cilo"), { recursive: true });
  return { directory: join(directory, "project"), file: join(directory, "project/.cilo/compose.user.yml") };
}

for (const text of [null, "", "# only this\n", "---\n# and a document\n"]) {
  test(`finds no layer in ${text === null ? "a project without the file" : JSON.stringify(text)}`, async (t) => {
    const { directory, file } = await projectWithoutLayer(t);
    if (text !== null) await writeFile(file, text);

    assert.equal(await readUserLayer(directory), null);
  });
}

test("finds the layer, and the volumes that it calls external", async (t) => {
  const { directory, file } = await projectWithoutLayer(t);
  const volumes = "{a: {external: true}, b: {external: {name: x}}, c: {external: false}, d: {name: y}, e: }";
  await writeFile(file, `volumes: ${volumes}\n`);

  const layer = await readUserLayer(directory);

  assert.deepEqual(layer, { file, realFile: file, externalVolumes: ["a", "b"] });
});

test("finds external volumes behind aliases, merge keys and includes", async (t) => {
  const { directory, file } = await projectWithoutLayer(t);
  const own = `x-mine: &mine {external: true}
x-all: &all
  c: *mine
include: [more.yml]
volumes:
  a: *mine
  b: {<<: *mine, name: x}
  <<: *all
  d: {name: y}
`;
  await writeFile(file, own);
  await writeFile(
    join(directory, ".cilo/more.yml"),
    "include: [{path: more.yml}]\nvolumes: {e: {external: true}, f: }\n",
  );

  const layer = await readUserLayer(directory);

  assert.deepEqual(layer?.externalVolumes.toSorted(), ["a", "b", "c", "e"]);
});

test("leaves text that is no YAML to Compose to judge", async (t) => {
  const { directory, file } = await projectWithoutLayer(t);
  await writeFile(file, "services: [\n");

  assert.equal((await readUserLayer(directory))?.file, file);
});

const unusable: [what: string, make: (file: string) => Promise<unknown>, problem: RegExp][] = [
  ["a directory", (file) => mkdir(file), /is a directory, not a file$/],
  ["a link that leads nowhere", (file) => symlink("nowhere", file), /is a link that leads nowhere$/],
  ["a link to itself", (file) => symlink(file, file), /is a link that leads back to itself$/],
  ["a named pipe", (file) => promisify(execFile)("mkfifo", [file]), /is a named pipe, not a file$/],
];

for (const [what, make, problem] of unusable) {
  test(`refuses ${what}`, async (t) => {
    const { directory, file } = await projectWithoutLayer(t);
    await make(file);

    await assert.rejects(readUserLayer(directory), (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_COMPOSE_INVALID");
      assert.match(error.message, problem);
      return true;
    });
  });
}

test("follows a link, and says when it leaves the copy", async (t) => {
  const { directory, file } = await projectWithoutLayer(t);
  const outside = join(directory, "../mine.yml");
  await writeFile(outside, "services: {web: {init: true}}\n");
  await symlink(outside, file);

  const layer = await readUserLayer(directory);
  const [finding, ...others] = describeUserLayer(layer, directory);

  assert.equal(layer?.realFile, outside);
  assert.equal(others.length, 0);
  assert.match(finding?.statement ?? "", /compose\.user\.yml is a link to .*mine\.yml, which is outside the copy/);
  assert.deepEqual(describeUserLayer(layer, join(directory, "..")), []);
});

test("keeps the volumes that it calls external, besides those the project keeps", () => {
  const layer = { file: "", realFile: "", externalVolumes: ["a", "b"] };

  assert.deepEqual(withUserLayer({ ...defaultCopyOptions, keepVolumes: ["b", "c"] }, layer).keepVolumes, [
    "b",
    "c",
    "a",
  ]);
  assert.equal(withUserLayer(defaultCopyOptions, null), defaultCopyOptions);
});
