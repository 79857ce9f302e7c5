import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { leftoversCheck } from "../../src/doctor/leftovers-check.ts";
import { makeEnvironment } from "../support/environment.ts";
import { makeSurvey, type SurveyChanges, toLines } from "./survey.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cilo-leftovers-"));
});
afterEach(() => rm(home, { recursive: true }));

async function check(changes: SurveyChanges = {}): Promise<string[]> {
  const lines = toLines(await leftoversCheck.run(makeSurvey({ home, ...changes })));
  return lines.map((line) => line.replaceAll(home, "HOME"));
}

describe("the check of leftovers", () => {
  test("is content with the workspaces of environments, and before there are any", async () => {
    const before = await check();
    await mkdir(join(home, "envs/shop/blue"), { recursive: true });
    await mkdir(join(home, "envs/shop/.green.41-0123456789ab.copy"), { recursive: true });
    await writeFile(join(home, "envs/note"), "");

    assert.deepEqual(before, ["ok: no files are left of environments that are no more"]);
    assert.deepEqual(await check(), before);
  });

  test("mentions a workspace that is left, with the command that removes it", async () => {
    await mkdir(join(home, "envs/shop/old"), { recursive: true });

    assert.deepEqual(await check(), [
      "info: the workspace of shop/old, which is no more, is still there: HOME/envs/shop/old -> rm -rf HOME/envs/shop/old",
    ]);
  });

  test("tells of what dead processes left, which --fix removes, and of a workspace that is gone, which it cannot", async () => {
    const file = {
      kind: "copy",
      path: "/h/envs/shop/.x.41-0.copy",
      within: "/h/envs",
      pid: 41,
      holdsData: false,
    } as const;

    const lines = await check({
      differences: async () => [
        { type: "stray-file", file },
        { type: "missing-workspace", environment: makeEnvironment(), path: "/h/envs/shop/blue" },
      ],
    });

    assert.deepEqual(lines, [
      "warning, fixable: file /h/envs/shop/.x.41-0.copy: half a workspace; process 41, which made it, has ended -> cilo doctor --fix",
      "problem: shop/blue: its workspace is gone: /h/envs/shop/blue -> cilo destroy shop/blue",
    ]);
  });
});
