import assert from "node:assert/strict";
import { test } from "node:test";
import { findShadowingHosts } from "../../../src/compose/lint/extra-hosts-shadow.ts";
import { contextOf } from "../model-builder.ts";
import { placesOf } from "./told.ts";

const db = {
  image: "db",
  container_name: "shop-db",
  networks: { default: { aliases: ["database"], ipv4_address: "172.16.0.2" } },
};

const cases: [extraHosts: unknown, places: string[]][] = [
  [["host.docker.internal=host-gateway", "other=10.0.0.1"], []],
  [["db=10.0.0.1"], ["note shared services.web.extra_hosts#db"]],
  [["DB:10.0.0.1"], ["note shared services.web.extra_hosts#DB"]],
  [["database=host-gateway"], ["note shared services.web.extra_hosts#database"]],
  [["shop-db=[2001:db8::1]"], ["note shared services.web.extra_hosts#shop-db"]],
  [["db.login.test=10.0.0.1"], ["note shared services.web.extra_hosts#db.login.test"]],
  [["db=127.0.0.1"], ["note services.web.extra_hosts#db"]],
  [{ db: "10.0.0.1" }, ["note shared services.web.extra_hosts#db"]],
  [
    { database: ["10.0.0.1", "127.0.0.1"] },
    ["note shared services.web.extra_hosts#database", "note services.web.extra_hosts#database"],
  ],
  // The static address of the project becomes that of the copy.
  [["db=172.16.0.2"], []],
  [["nonsense", 7], []],
  [null, []],
];

for (const [extraHosts, places] of cases) {
  test(`extra_hosts ${JSON.stringify(extraHosts)} hides ${places.length === 0 ? "nothing" : "a service"}`, () => {
    const services = { db, web: { image: "web", extra_hosts: extraHosts } };

    const findings = findShadowingHosts(
      contextOf({ services }, { addresses: { db: "10.224.1.10", web: "10.224.1.11" } }),
    );

    assert.deepEqual(placesOf(findings), places);
    for (const { statement } of findings) assert.match(statement, /service db of the copy$/);
  });
}
