import assert from "node:assert/strict";
import { test } from "node:test";
import { outsideHostnames } from "../../src/resolver/outside-hostnames.ts";
import { makeEnvironment, makeService } from "../support/environment.ts";

test("lists the hostnames under no suffix, encoded, each once", () => {
  const environments = [
    makeEnvironment({
      services: {
        web: makeService({
          hostnames: ["admin", "shop.example.dev", "*.wild.example.dev", "bücher.example.dev", "no name"],
        }),
        api: makeService({ hostnames: ["api.shop.internal", "x.y.test", "Shop.Example.Dev."] }),
      },
    }),
    makeEnvironment({ name: "other", services: { web: makeService({ hostnames: ["shop.example.dev"] }) } }),
  ];

  const hostnames = outsideHostnames(environments, ["shop.internal", "test"]);

  assert.deepEqual(hostnames, ["shop.example.dev", "wild.example.dev", "xn--bcher-kva.example.dev"]);
});
