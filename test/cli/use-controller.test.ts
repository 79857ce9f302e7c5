import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { resolvePaths } from "../../src/base/paths.ts";
import { lookUp } from "../../src/cli/use-controller.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

let directory: string;
before(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "cilo-look-up-")));
  for (const path of ["real/home/envs/wiki/blue/src", "real/shop/web", "gone"]) {
    await mkdir(join(directory, path), { recursive: true });
  }
  await symlink(join(directory, "real"), join(directory, "link"));
});
after(() => rm(directory, { recursive: true }));

/** Both environments of the name are there, so only the directory tells them apart. */
async function projectFoundFrom(cwd: string): Promise<string> {
  const state = makeState([
    makeEnvironment({ project: "shop", source: join(directory, "link/shop") }),
    makeEnvironment({ project: "wiki", source: join(directory, "missing/wiki") }),
  ]);
  const controller = {
    cwd: join(directory, cwd),
    paths: resolvePaths({ CILO_HOME: join(directory, "link/home") }),
    store: { read: async () => state },
  } as unknown as ControllerContext;
  return (await lookUp(controller, "blue", {})).environment.project;
}

describe("lookUp takes the environment of the working directory's project", () => {
  const cases: [string, string, string][] = [
    ["a workspace under a linked CILO_HOME", "real/home/envs/wiki/blue/src", "wiki"],
    ["the same, named by its link", "link/home/envs/wiki/blue/src", "wiki"],
    ["a source that state names by a link", "real/shop/web", "shop"],
    ["a source that is gone, in a directory that is gone", "missing/wiki", "wiki"],
  ];
  for (const [what, cwd, project] of cases) {
    test(`in ${what}`, async () => {
      assert.equal(await projectFoundFrom(cwd), project);
    });
  }

  test("and cannot tell elsewhere", async () => {
    await assert.rejects(projectFoundFrom("gone"), { code: "CILO_ENVIRONMENT_AMBIGUOUS" });
  });
});
