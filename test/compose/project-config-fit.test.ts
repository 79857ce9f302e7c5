import assert from "node:assert/strict";
import { test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { parseProjectConfig } from "../../src/compose/project-config.ts";
import { requireConfigFits } from "../../src/compose/project-config-fit.ts";
import { readingOf } from "./model-builder.ts";

const model = {
  services: {
    web: { image: "web", volumes: [{ type: "volume", source: "cache", target: "/c" }] },
    debug: { image: "debug", profiles: ["dev"] },
  },
  volumes: { cache: { name: "company-cache", external: true }, data: { name: "cilo-shop-login_data" } },
};

function problemsOf(text: string, view = { everyProfile: true, flags: [] as string[] }): string[] {
  try {
    requireConfigFits(parseProjectConfig(text, "config.yml"), { ...readingOf(model), view });
    return [];
  } catch (error) {
    assert.ok(error instanceof CiloError);
    assert.equal(error.code, "CILO_CONFIG_INVALID");
    return error.message.split("\n");
  }
}

test("accepts what the project has", () => {
  assert.deepEqual(problemsOf("ingress: web\nkeep_volumes: [cache]\nprofiles: [dev]\n"), []);
  assert.deepEqual(problemsOf('profiles: ["*"]\n'), []);
  assert.deepEqual(problemsOf(""), []);
});

test("tells everything that the project has nothing for, with its place and what there is", () => {
  const text = "ingress: wbe\nkeep_volumes: [cache, data, none]\nprofiles:\n  - prod\n";

  assert.deepEqual(problemsOf(text), [
    'config.yml:1:10: ingress names the service "wbe", which the project does not have; there are debug, web',
    'config.yml:2:23: keep_volumes names the volume "data", which is not external: each copy has its own; the external volumes in use are cache',
    'config.yml:2:29: keep_volumes names the volume "none", which no service uses; the external volumes in use are cache',
    'config.yml:4:5: profiles names "prod", which no service has; there are dev',
  ]);
});

test("leaves volumes of services that cannot be read alone", () => {
  assert.deepEqual(problemsOf("keep_volumes: [none]\n", { everyProfile: false, flags: [] }), []);
});

test("names the file that was read as the one to edit", () => {
  assert.throws(
    () => requireConfigFits(parseProjectConfig("ingress: nope\n", "/p/.cilo/config.yml"), readingOf(model)),
    {
      hint: "edit /p/.cilo/config.yml",
    },
  );
});
