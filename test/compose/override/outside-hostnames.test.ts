import assert from "node:assert/strict";
import { test } from "node:test";
import { describeOutsideHostnames } from "../../../src/compose/override/outside-hostnames.ts";
import { contextOf, environment, toPlain } from "../model-builder.ts";

const httpsOnly = (name: string) => `${name} may not work: browsers open names under .dev by HTTPS only`;

for (const { hostnames, suffix = "test", outside, hazards = [] } of [
  { hostnames: "google.com", outside: "google.com" },
  {
    hostnames: "admin, shop.example.dev *.shop.example.dev",
    outside: "shop.example.dev, *.shop.example.dev",
    hazards: ["shop.example.dev", "*.shop.example.dev"].map(httpsOnly),
  },
  { hostnames: "bücher.example", outside: "bücher.example (xn--bcher-kva.example)" },
  {
    hostnames: "shop.local",
    outside: "shop.local",
    hazards: [
      "shop.local may not work: names under .local belong to multicast DNS, and many resolvers do not ask cilo for them",
    ],
  },
  {
    hostnames: "shop.localhost",
    outside: "shop.localhost",
    hazards: ["shop.localhost may not work: resolvers and browsers take every name under .localhost for this machine"],
  },
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

    const { warnings } = toPlain(describeOutsideHostnames(context));

    assert.deepEqual(
      warnings,
      outside === null
        ? undefined
        : [
            `service web: label cilo.hostnames: ${outside} is not under .${suffix}: programs on this machine that resolve through cilo get the container instead of the real one`,
            ...hazards.map((hazard) => `service web: label cilo.hostnames: ${hazard}`),
          ],
    );
  });
}
