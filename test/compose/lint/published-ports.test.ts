import assert from "node:assert/strict";
import { test } from "node:test";
import { findPublishedPorts } from "../../../src/compose/lint/published-ports.ts";
import { contextOf } from "../model-builder.ts";

const cases: { ports: unknown[]; detail: string | null }[] = [
  { ports: [], detail: null },
  {
    ports: [{ target: 80, published: "8080" }],
    detail: "web.login.test:80 for :8080",
  },
  {
    ports: [{ target: 53, published: "53", protocol: "udp" }, 9000],
    detail: "web.login.test:53/udp for :53, web.login.test:9000",
  },
  {
    ports: ["1-6"],
    detail: "web.login.test:1, web.login.test:2, web.login.test:3, web.login.test:4 and 2 more",
  },
];

for (const { ports, detail } of cases) {
  test(`ports ${JSON.stringify(ports)} are told ${detail === null ? "nothing of" : "where to find"}`, () => {
    const findings = findPublishedPorts(contextOf({ services: { web: { image: "web", ports } } }));

    assert.deepEqual(
      findings,
      detail === null
        ? []
        : [
            {
              rule: "published-ports",
              action: "rewritten",
              shared: false,
              level: "note",
              path: ["services", "web", "ports"],
              detail,
              statement: "ports are not published on this machine, names lead to them",
              hint: null,
            },
          ],
    );
  });
}
