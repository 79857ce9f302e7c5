import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAnonymousVolume } from "../../../src/runtime/docker/anonymous-volumes.ts";

const madeUp = "0123456789abcdef".repeat(4);

describe("isAnonymousVolume", () => {
  const cases: [what: string, name: string, labels: Record<string, string>, anonymous: boolean][] = [
    ["a volume that the engine says it named", madeUp, { "com.docker.volume.anonymous": "" }, true],
    ["a volume with a made-up name on an engine that does not say", madeUp, {}, true],
    ["a volume with a name", "shop_data", {}, false],
    ["a volume whose name only begins like a made-up one", `${madeUp}0`, {}, false],
    ["a volume with a made-up name that a Compose file claims", madeUp, { "com.docker.compose.volume": "data" }, false],
    ["a volume with a name from Object", "constructor", {}, false],
  ];
  for (const [what, name, labels, anonymous] of cases) {
    test(`${what} is ${anonymous ? "" : "not "}anonymous`, () => {
      assert.equal(isAnonymousVolume({ name, labels }), anonymous);
    });
  }
});
