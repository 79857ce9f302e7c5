import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { findEnvironment, projectOfDirectory, splitReference } from "../../src/controller/find-environment.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

const state = makeState([
  makeEnvironment({ project: "shop", name: "blue", source: "/src/shop" }),
  makeEnvironment({ project: "shop", name: "green", source: "/src/shop" }),
  makeEnvironment({ project: "blog", name: "blue", source: "/src/blog" }),
]);

describe("findEnvironment", () => {
  const found: [string, string | null, string | null, string][] = [
    ["shop/blue", null, null, "shop/blue"],
    ["blog/blue", null, "shop", "blog/blue"],
    ["blue", null, "blog", "blog/blue"],
    ["blue", "shop", "blog", "shop/blue"],
    ["green", null, null, "shop/green"],
    ["green", null, "blog", "shop/green"],
  ];
  for (const [text, project, currentProject, expected] of found) {
    test(`takes "${text}" with --project ${project} in the directory of ${currentProject} for ${expected}`, () => {
      const environment = findEnvironment(state, { text, project, currentProject });

      assert.equal(`${environment.project}/${environment.name}`, expected);
    });
  }

  const refused: [string, string | null, string][] = [
    ["blue", null, "CILO_ENVIRONMENT_AMBIGUOUS"],
    ["red", null, "CILO_ENVIRONMENT_NOT_FOUND"],
    ["green", "blog", "CILO_ENVIRONMENT_NOT_FOUND"],
    ["blog/green", null, "CILO_ENVIRONMENT_NOT_FOUND"],
    ["shop/blue", "blog", "CILO_USAGE"],
    ["../../etc", null, "CILO_ENVIRONMENT_NOT_FOUND"],
    ["", null, "CILO_ENVIRONMENT_NOT_FOUND"],
  ];
  for (const [text, project, code] of refused) {
    test(`refuses "${text}" with --project ${project} as ${code}, exit 2`, () => {
      assert.throws(
        () => findEnvironment(state, { text, project, currentProject: null }),
        (error: unknown) =>
          error instanceof CiloError && error.code === code && error.exitCode === 2 && error.hint !== null,
      );
    });
  }

  test("names the candidates when a name is ambiguous", () => {
    assert.throws(
      () => findEnvironment(state, { text: "blue", project: null, currentProject: null }),
      /blog\/blue or shop\/blue/,
    );
  });
});

describe("splitReference", () => {
  test("leaves what is not two slugs whole, so that the name is refused with a suggestion", () => {
    assert.deepEqual(splitReference("feature/Login_2", null), { project: null, name: "feature/Login_2" });
    assert.deepEqual(splitReference("a/b/c", null), { project: null, name: "a/b/c" });
  });
});

describe("projectOfDirectory", () => {
  const linked = makeState([
    ...Object.values(state.hosts.local.environments),
    makeEnvironment({ project: "wiki", source: "/links/wiki" }),
    makeEnvironment({ project: "docs", source: "/src/shop/docs" }),
  ]);
  const cases: [string, string | null][] = [
    ["/home/.cilo/envs/blog/blue/src", "blog"],
    ["/src/shop", "shop"],
    ["/src/shop/web/deep", "shop"],
    ["/src/shop/docs/deep", "docs"],
    ["/src/shopping", null],
    ["/elsewhere/shop", "shop"],
    ["/data/wiki-2026/pages", "wiki"],
    ["/links/wiki/pages", "wiki"],
    ["/elsewhere", null],
    ["/", null],
  ];
  for (const [directory, project] of cases) {
    test(`says ${project} of ${directory}`, () => {
      const realSources = new Map([["/links/wiki", "/data/wiki-2026"]]);

      assert.equal(projectOfDirectory(linked, { directory, envs: "/home/.cilo/envs", realSources }), project);
    });
  }
});
