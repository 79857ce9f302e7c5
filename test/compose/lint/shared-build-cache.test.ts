import assert from "node:assert/strict";
import { test } from "node:test";
import { findSharedBuildCaches } from "../../../src/compose/lint/shared-build-cache.ts";
import { composeProject, contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const cases: [cacheTo: string, place: string | null][] = [
  ["type=registry,ref=registry.example/shop:cache", "warning shared services.web.build.cache_to#type=registry"],
  ["registry.example/shop:cache", "warning shared services.web.build.cache_to"],
  [`type=registry,ref=registry.example/${composeProject}`, null],
  ["type=local,dest=/var/cache/shop", "warning shared services.web.build.cache_to#type=local"],
  ["type=local,dest=../cache", "warning shared services.web.build.cache_to#type=local"],
  ["type=local,dest=.cache/../x", null],
  ["type=local,dest=/copy/.cache", null],
  ["type=s3,bucket=b,secret_access_key=hunter2", "warning shared services.web.build.cache_to#type=s3"],
  ["type=inline", "note services.web.build.cache_to#type=inline"],
];

for (const [cacheTo, place] of cases) {
  test(`cache_to ${cacheTo} ${place === null ? "is the copy's own" : "is told"}`, () => {
    const build = { context: "/copy", cache_to: [cacheTo], cache_from: ["type=registry,ref=registry.example/shop"] };

    const findings = findSharedBuildCaches(contextOf({ services: { web: { build } } }));

    assert.deepEqual(placesOf(findings), place === null ? [] : [place]);
    assert.doesNotMatch(JSON.stringify(findings), /hunter2/);
  });
}
