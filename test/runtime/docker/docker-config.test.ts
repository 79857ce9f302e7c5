import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { CiloError } from "../../../src/base/errors.ts";
import { readDockerConfig, readDockerFile } from "../../../src/runtime/docker/docker-config.ts";

async function directoryOf(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cilo-docker-config-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

test("reads the configuration, and takes a missing one for an empty one", async (t) => {
  const directory = await directoryOf(t);

  const before = await readDockerConfig(directory, readDockerFile);
  await writeFile(join(directory, "config.json"), '{"currentContext": "far", "cliPluginsExtraDirs": ["/x"]}');
  const after = await readDockerConfig(directory, readDockerFile);

  assert.deepEqual(before, { currentContext: null, pluginDirectories: [] });
  assert.deepEqual(after, { currentContext: "far", pluginDirectories: ["/x"] });
});

for (const [what, make, says] of [
  ["a named pipe", (file: string) => promisify(execFile)("mkfifo", [file]), /config\.json: it is a named pipe/],
  ["a device", (file: string) => symlink("/dev/zero", file), /config\.json: it is a device/],
] as const) {
  test(`refuses ${what} in its place`, { timeout: 10_000 }, async (t) => {
    const directory = await directoryOf(t);
    await make(join(directory, "config.json"));

    await assert.rejects(readDockerConfig(directory, readDockerFile), (error) => {
      assert.ok(error instanceof CiloError);
      assert.equal(error.code, "CILO_ENGINE_UNREACHABLE");
      assert.match(error.message, says);
      return true;
    });
  });
}
