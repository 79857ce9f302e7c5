import assert from "node:assert/strict";
import { test } from "node:test";
import { adopt } from "../../../src/controller/trash/restore-volumes.ts";

const saved = {
  name: "cilo-shop-login_data",
  labels: {
    "cilo.id": "old",
    "cilo.environment": "login",
    "cilo.project": "shop",
    "com.docker.compose.project": "cilo-shop-login",
    "com.docker.compose.volume": "data",
    "com.docker.compose.config-hash": "abc",
  },
};
const before = { composeProject: "cilo-shop-login" };

test("under its old name an environment gets its volumes as they were", () => {
  assert.deepEqual(adopt(saved, before, { ...before, id: "old", name: "login" }), saved);
});

test("under another name they are that environment's own, for cilo and for Compose", () => {
  const now = { composeProject: "cilo-shop-again", id: "new", name: "again" };

  assert.deepEqual(adopt(saved, before, now), {
    name: "cilo-shop-again_data",
    labels: {
      "cilo.id": "new",
      "cilo.environment": "again",
      "cilo.project": "shop",
      "com.docker.compose.project": "cilo-shop-again",
      "com.docker.compose.volume": "data",
    },
  });
});
