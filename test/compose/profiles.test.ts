import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { findUnknownProfiles, profilesOf, requireProfiles } from "../../src/compose/profiles.ts";
import { readingOf } from "./model-builder.ts";

test("lists the profiles of all services, once each", () => {
  const { base } = readingOf({
    services: {
      web: { image: "w" },
      a: { image: "a", profiles: ["dev", "debug"] },
      b: { image: "b", profiles: ["dev"] },
    },
  });

  assert.deepEqual(profilesOf(base), ["debug", "dev"]);
});

test("finds the profiles that no service has, the one for all aside", () => {
  assert.deepEqual(findUnknownProfiles(["dev", "*", "prod"], ["dev"]), ["prod"]);
});

function refusal(chosen: string[], known: string[], back: string | null): CiloError | null {
  try {
    requireProfiles(chosen, known, back);
    return null;
  } catch (error) {
    assert.ok(error instanceof CiloError);
    return error;
  }
}

test("accepts profiles that there are", () => {
  assert.equal(refusal(["dev", "*"], ["dev"], null), null);
});

test("refuses one that no service has as wrong usage, and lists those there are", () => {
  const error = refusal(["dve"], ["debug", "dev"], "cilo up shop/login --default-profiles");

  assert.equal(error?.exitCode, 2);
  assert.equal(error.message, 'no service has the profile "dve"');
  assert.equal(
    error.hint,
    'choose from debug, dev, or take the choice back with "cilo up shop/login --default-profiles"',
  );
});

test("says so where the project has no profiles at all", () => {
  assert.equal(refusal(["dev"], [], null)?.hint, "leave --profile out: the project has no profiles");
});
