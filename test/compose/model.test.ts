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

test("takes a variable for a flag where none has a value yet", () => {
  const mount = (readOnly: unknown) => ({ type: "volume", source: "v", target: "/v", read_only: readOnly });
  const volumes = [true, false, "true", "false", "${RO:-false}"].map(mount);

  const { services } = parseComposeProject(JSON.stringify({ services: { web: { image: "x", volumes } } }));

  assert.deepEqual(
    (services.web?.volumes ?? []).map((volume) => typeof volume === "object" && volume.read_only),
    [true, false, true, false, false],
  );
});
