import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createDockerProvider } from "../../../src/runtime/docker/provider.ts";
import { startFakeEngine } from "../../support/fake-engine.ts";

describe("Compose that fails", () => {
  let config: string;
  beforeEach(async () => {
    config = await mkdtemp(join(tmpdir(), "cilo-compose-"));
    await mkdir(join(config, "cli-plugins"));
  });
  afterEach(() => rm(config, { recursive: true }));

  /** Runs a Compose that fails with these words. */
  async function runFailing(endpoint: string, words: string, usesEngine: boolean) {
    const plugin = join(config, "cli-plugins/docker-compose");
    await writeFile(
      plugin,
      `#!/bin/sh\nprintf '%s\\n' ${words
        .split("\n")
        .map((line) => `'${line}'`)
        .join(" ")} >&2\nexit 1\n`,
    );
    await chmod(plugin, 0o755);
    await using provider = createDockerProvider({ endpoint, env: { ...process.env, DOCKER_CONFIG: config } });
    return await provider.compose({ args: ["up"], usesEngine });
  }

  const gone = "unix:///nonexistent/engine.sock";

  test("because the engine has gone is told as that, with how to start it", async () => {
    await assert.rejects(runFailing(gone, "whatever it says", true), {
      code: "CILO_ENGINE_UNREACHABLE",
      message: /^the engine at \S+ was lost while docker compose worked with it: there is no such socket$/,
      hint: /, then the same command again$/,
    });
  });

  const lostWords = [
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    'error during connect: Post "http://%2Fvar%2Frun%2Fdocker.sock/v1.41/containers/create": EOF',
    " Container x  Creating\nunexpected EOF",
  ];
  for (const words of lostWords) {
    test(`over ${JSON.stringify(words.slice(0, 40))} is told as a lost engine that answers again`, async () => {
      await using engine = await startFakeEngine((_, response) => response.end("OK"));

      await assert.rejects(runFailing(engine.endpoint, words, true), {
        code: "CILO_ENGINE_UNREACHABLE",
        message: /; it answers again$/,
        hint: "run the same command again",
      });
    });
  }

  test("for a reason of its own is left to its own words", async () => {
    await using engine = await startFakeEngine((_, response) => response.end("OK"));

    const { exitCode, stderr } = await runFailing(
      engine.endpoint,
      "Error response from daemon: failed to copy: httpReadSeeker: unexpected EOF",
      true,
    );

    assert.equal(exitCode, 1);
    assert.match(stderr, /httpReadSeeker/);
  });

  test("without having needed an engine says nothing of one", async () => {
    assert.equal((await runFailing(gone, "yaml: line 1", false)).exitCode, 1);
  });
});
