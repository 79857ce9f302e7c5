import assert from "node:assert/strict";
import { test } from "node:test";
import { warnOfOutsideHostnames } from "../../../src/compose/override/outside-hostnames.ts";
import { contextOf, environment, toPlain } from "../model-builder.ts";

for (const { hostnames, suffix = "test", outside } of [
  { hostnames: "google.com", outside: "google.com" },
  { hostnames: "admin, shop.example.dev *.shop.example.dev", outside: "shop.example.dev, *.shop.example.dev" },
  { hostnames: "attest", outside: null },
  { hostnames: "my.attest", outside: "my.attest" },
  { hostnames: "admin www.login.test *.login.test a.other.test", outside: null },
  { hostnames: "www.login.dev.lan x.test", suffix: "dev.lan", outside: null },
  { hostnames: "www.login.lan", suffix: "dev.lan", outside: "www.login.lan" },
]) {
  test(`cilo.hostnames "${hostnames}" under .${suffix}: ${outside ?? "nothing"} is somebody else's`, () => {
    const context = contextOf(
      { services: { web: { image: "web", labels: { "cilo.hostnames": hostnames } } } },
      { environment: { ...environment, suffix } },
    );

    const { warnings } = toPlain(warnOfOutsideHostnames(context));

    assert.deepEqual(
      warnings,
      outside === null
        ? undefined
        : [
            `service web: label cilo.hostnames: ${outside} is not under .${suffix}: programs on this machine that resolve through cilo get the container instead of the real one`,
          ],
    );
  });
}
