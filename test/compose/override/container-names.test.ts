import assert from "node:assert/strict";
import { test } from "node:test";
import { resetContainerNames } from "../../../src/compose/override/container-names.ts";
import { contextOf, toPlain } from "../model-builder.ts";

test("resets a container name that every copy would want, and says so once for all of them", () => {
  const context = contextOf({
    services: {
      db: { image: "db", container_name: "shop-db" },
      web: { image: "web", container_name: "web" },
    },
  });

  const contribution = toPlain(resetContainerNames(context));

  assert.deepEqual(contribution, {
    services: { db: { container_name: { "!reset": null } }, web: { container_name: { "!reset": null } } },
    warnings: [
      'services db ("shop-db"), web: container_name is removed, as only one container can have it; inside the copy the name still resolves; use "cilo exec" where you used "docker exec"',
    ],
  });
});

test("keeps a container name that follows from the project's name", () => {
  const context = contextOf({ services: { web: { image: "web", container_name: "cilo-shop-login-front" } } });

  const contribution = toPlain(resetContainerNames(context));

  assert.deepEqual(contribution, {});
});
