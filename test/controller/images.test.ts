import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findStrangersImages } from "../../src/controller/images.ts";
import { labelsOfEnvironment } from "../../src/model/labels.ts";
import { makeEnvironment } from "../support/environment.ts";

const environment = makeEnvironment({ id: "id-here" });
const { composeProject } = environment;
const installation = "this-installation";
const own = labelsOfEnvironment(installation, environment);

function find(built: Record<string, string[]>, tag: string, labels: Record<string, string>): [string, string[]][] {
  const search = { installation, environment, built: new Map(Object.entries(built)) };
  return [...findStrangersImages(search, [{ tags: [tag], labels }])];
}

describe("an image that has the name which a build gives", () => {
  const name = `${composeProject}-web`;
  const owners: { who: string; labels: Record<string, string>; isStrangers: boolean }[] = [
    { who: "this environment", labels: own, isStrangers: false },
    { who: "an earlier one of that name", labels: { ...own, "cilo.id": "id-gone" }, isStrangers: true },
    { who: "another installation", labels: { ...own, "cilo.installation": "another" }, isStrangers: true },
    { who: "nobody that it says", labels: {}, isStrangers: true },
  ];
  for (const { who, labels, isStrangers } of owners) {
    test(`and was built for ${who} ${isStrangers ? "is to be built" : "is left as it is"}`, () => {
      const found = find({ web: [name] }, `${name}:latest`, labels);

      assert.deepEqual(found, isStrangers ? [["web", [name]]] : []);
    });
  }
});

test("every service whose build gives a stranger's name is to be built, and no other", () => {
  const renamed = `${composeProject}/shop-app-dev`;
  const built = { api: [`${composeProject}-api`], web: [renamed], worker: [`${composeProject}-worker`, renamed] };

  const found = find(built, `${renamed}:latest`, {});

  assert.deepEqual(found, [
    ["web", [renamed]],
    ["worker", [renamed]],
  ]);
});

test("an image that is not called after the environment is left to Compose, whoever built it", () => {
  assert.deepEqual(find({ web: ["shop/app:dev"] }, "shop/app:dev", {}), []);
});
