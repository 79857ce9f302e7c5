import assert from "node:assert/strict";
import { test } from "node:test";
import { findHostNamespaces } from "../../../src/compose/lint/host-namespace.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const cases: [web: object, places: string[]][] = [
  [{ pid: "host" }, ["note shared services.web.pid"]],
  [{ ipc: "host" }, ["note shared services.web.ipc"]],
  [{ uts: "host" }, ["note shared services.web.uts"]],
  [{ userns_mode: "host" }, ["note services.web.userns_mode"]],
  [{ cgroup: "host" }, ["note shared services.web.cgroup"]],
  [{ build: { context: "/copy", network: "host" } }, ["note shared services.web.build.network"]],
  [{ pid: "service:db", ipc: "shareable", cgroup: "private" }, []],
];

for (const [web, places] of cases) {
  test(`${JSON.stringify(web)}: ${places.length === 0 ? "nothing is the machine's" : "it is kept"}`, () => {
    const findings = findHostNamespaces(
      contextOf({ services: { db: { image: "db" }, web: { image: "web", ...web } } }),
    );

    assert.deepEqual(placesOf(findings), places);
  });
}
