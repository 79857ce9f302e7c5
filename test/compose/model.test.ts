import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { parseComposeProject } from "../../src/compose/model.ts";

for (const name of Object.getOwnPropertyNames(Object.prototype)) {
  for (const section of ["services", "volumes", "networks"]) {
    test(`refuses ${section} with the name ${name}, and says what to rename`, () => {
      const json = `{"services":{"web":{"image":"web"}},"${section}":{"${name}":{}}}`;

      assert.throws(
        () => parseComposeProject(json),
        (error) =>
          error instanceof CiloError &&
          error.code === "CILO_COMPOSE_INVALID" &&
          error.message.includes(`a ${section.slice(0, -1)} called "${name}"`) &&
          error.hint === `rename the ${section.slice(0, -1)} "${name}" in the Compose files`,
      );
    });
  }
}

test("accepts names that only look like those", () => {
  const { services } = parseComposeProject('{"services":{"Constructor":{},"prototype-1":{},"tostring":{}}}');

  assert.deepEqual(Object.keys(services), ["Constructor", "prototype-1", "tostring"]);
});
