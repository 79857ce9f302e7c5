import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readDefaultProfiles } from "../../src/compose/default-profiles.ts";

describe("profiles that Compose turns on by itself", () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-profiles-"));
    await writeFile(join(directory, ".env"), "COMPOSE_PROFILES=dev, debug\n");
    await writeFile(join(directory, "other.env"), "COMPOSE_PROFILES=other\n");
    await writeFile(join(directory, "silent.env"), "A=b\n");
  });
  after(() => rm(directory, { recursive: true }));

  const cases: { behaviour: string; envFiles?: string[]; env?: NodeJS.ProcessEnv; profiles: string[] }[] = [
    { behaviour: "come from .env beside the first file", profiles: ["dev", "debug"] },
    { behaviour: "come from the environment first", env: { COMPOSE_PROFILES: "shell" }, profiles: ["shell"] },
    { behaviour: "are none where the environment says none", env: { COMPOSE_PROFILES: "" }, profiles: [] },
    { behaviour: "come from the last of the env files given", envFiles: [".env", "other.env"], profiles: ["other"] },
    {
      behaviour: "are kept by a later env file that is silent",
      envFiles: [".env", "silent.env"],
      profiles: ["dev", "debug"],
    },
    { behaviour: "are none where no file says any", envFiles: ["silent.env", "missing.env"], profiles: [] },
  ];

  for (const { behaviour, envFiles = [], env = {}, profiles } of cases) {
    test(behaviour, async () => {
      const files = {
        files: [join(directory, "compose.yml")],
        envFiles: envFiles.map((file) => join(directory, file)),
      };

      assert.deepEqual(await readDefaultProfiles(files, env), profiles);
    });
  }
});
