import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEnvironment, makeState } from "../support/environment.ts";
import { createHome, runCli } from "./in-process.ts";

const cases: [what: string, args: string[]][] = [
  ["of a project", ["--all", "--project", "other"]],
  ["of a project, whatever protects it", ["--all", "--project", "other", "--force"]],
];
for (const [what, args] of cases) {
  test(`cilo destroy says that there is no environment ${what}, and asks nobody`, async () => {
    await using home = await createHome(makeState([makeEnvironment()]));

    const run = await runCli(["destroy", ...args], home);

    assert.deepEqual(run, { exitCode: 0, stdout: "there is nothing to destroy\n", stderr: "" });
  });
}
