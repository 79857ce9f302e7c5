import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { namesOfNetworks } from "../../../src/compose/kept-networks.ts";
import { parseComposeProject } from "../../../src/compose/model.ts";
import { findSharedThings } from "../../../src/compose/verify/shared-things.ts";
import { composeProject, type ModelText, readingOf } from "../model-builder.ts";

const project = {
  services: {
    web: { image: "x", networks: { front: null, back: null } },
    db: { image: "x", networks: { back: null } },
  },
  networks: { front: {}, back: { internal: true } },
};
const web = {
  image: "x",
  networks: { default: { ipv4_address: "10.224.3.10" }, back: { ipv4_address: "10.225.0.10" } },
};
const db = { image: "x", networks: { back: { ipv4_address: "10.225.0.11" } } };
const networks = {
  default: { external: true, name: "cilo-shop-login_default" },
  back: { external: true, name: "cilo-shop-login_back" },
};

function problemsOf(merged: ModelText, choice: "flatten" | "preserve" = "preserve"): string[] {
  const reading = readingOf(project, { copyOptions: { networks: choice } });
  const networkNames = namesOfNetworks(reading, { networkName: "cilo-shop-login_default", composeProject });
  const found = findSharedThings({ merged: parseComposeProject(JSON.stringify(merged)), reading, networkNames });
  return found.map(({ subject, field, problem }) => `${subject}: ${field}: ${problem}`);
}

describe("the check of a merged project that keeps internal networks", () => {
  test("finds nothing wrong with the networks that are kept", () => {
    assert.deepEqual(problemsOf({ services: { web, db }, networks }), []);
  });

  const elsewhere = "networks: it is on a network other than the environment's";
  const foreign = "name: it is not the environment's network";
  const cases: [what: string, merged: ModelText, problems: string[]][] = [
    [
      "a service that would get a way out",
      { services: { web, db: { image: "x", networks: { default: null, back: null } } }, networks },
      [`service db: ${elsewhere}`],
    ],
    [
      "a service that would be kept from the others",
      { services: { web: { image: "x", networks: { back: null } }, db }, networks },
      [`service web: ${elsewhere}`],
    ],
    ["a service left out of all", { services: { web, db: { image: "x" } }, networks }, [`service db: ${elsewhere}`]],
    [
      "another copy's network under the key",
      { services: { web, db }, networks: { ...networks, back: { external: true, name: "cilo-shop-other_back" } } },
      [`network back: ${foreign}`],
    ],
    [
      "a network that Compose would make",
      { services: { web, db }, networks: { ...networks, back: { internal: true, name: "cilo-shop-login_back" } } },
      [`network back: ${foreign}`],
    ],
    [
      "a network that is not kept",
      { services: { web, db }, networks: { ...networks, front: { external: true, name: "cilo-shop-login_front" } } },
      [`network front: ${foreign}`],
    ],
    [
      "an address twice on one of them",
      { services: { web, db: { image: "x", networks: { back: { ipv4_address: "10.225.0.10" } } } }, networks },
      ["service web: networks.back.ipv4_address: it is also that of service db"],
    ],
    [
      "an address on one of them that the engine gives out itself",
      { services: { web, db: { image: "x", networks: { back: { ipv4_address: "10.225.0.200" } } } }, networks },
      ["service db: networks.back.ipv4_address: 10.225.0.200 is not among the fixed addresses (.10 to .191)"],
    ],
    [
      "a fixed address of replicas on one of them",
      { services: { web, db: { ...db, scale: 2 } }, networks },
      ["service db: networks.back.ipv4_address: 2 replicas cannot share it"],
    ],
  ];
  for (const [what, merged, problems] of cases) {
    test(`finds ${what}`, () => {
      assert.deepEqual(problemsOf(merged), problems);
    });
  }

  test("refuses them all where networks are flattened", () => {
    assert.deepEqual(problemsOf({ services: { web, db }, networks }, "flatten"), [
      `service db: ${elsewhere}`,
      `service web: ${elsewhere}`,
      `network back: ${foreign}`,
    ]);
  });
});
