import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { findComposeProgram, readComposeVersion } from "../../src/runtime/docker/compose-program.ts";
import { composeVersions, reasonWithoutSecondCompose, useCompose } from "../support/compose-versions.ts";
import { reasonWithoutCompose } from "./compose-program.ts";

const versions = await composeVersions();
const skip = (await reasonWithoutCompose()) || reasonWithoutSecondCompose(versions);
const root = join(import.meta.dirname, "../..");
const timeoutMs = 10 * 60_000;

/** Those of this folder in which Compose has the last word. */
const files = [
  "compose-failure.test.ts",
  "corpus.test.ts",
  "override-properties.test.ts",
  "override.test.ts",
  "project.test.ts",
  "verify.test.ts",
].map((file) => join(import.meta.dirname, file));
/** What differs between versions shows in the first few. */
const generatedProjects = "5";

describe("tests that the runner starts with the machine's own Docker Compose", { skip }, () => {
  // With it a runner takes itself for a test file, and reports to the runner of this one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  for (const compose of versions.filter(({ isInstalled }) => !isInstalled)) {
    test(`pass with ${compose.version} as well`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "cilo-compose-version-"));
      t.after(() => rm(directory, { recursive: true }));
      const chosen = await useCompose(compose, directory);
      const env = { ...inherited, CILO_GENERATED_PROJECTS: generatedProjects, ...chosen };

      // In one process: to start one for each file takes longer than most of them do.
      const runner = ["--import", "tsx", "--test", "--test-isolation=none", "--test-reporter=tap"];
      const result = await exec(process.execPath, [...runner, ...files], { cwd: root, env, timeoutMs });

      assert.equal(await readComposeVersion(await findComposeProgram({ env }), env), compose.version);
      assert.equal(result.timedOut, false, result.stdout);
      assert.equal(result.exitCode, 0, failuresOf(result.stdout) || result.stderr);
      assert.match(result.stdout, /^# pass [1-9]/m);
    });
  }
});

/** What a TAP report says of each test that failed. */
function failuresOf(report: string): string {
  return report.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm)?.join("\n") ?? "";
}
