import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDisplacedNames } from "../../../src/compose/override/displaced-names.ts";
import { contextOf, toPlain } from "../model-builder.ts";

for (const { services, warnings } of [
  { services: ["web", "my_db"], warnings: [] },
  {
    services: ["my_db", "my-db"],
    warnings: ["service my_db: my-db has the name it would have as a host name; it is my-db-e0a3.login.test"],
  },
]) {
  test(`services ${services.join(" and ")}: ${warnings.length} of them shown by another name`, () => {
    const context = contextOf({ services: Object.fromEntries(services.map((name) => [name, { image: "image" }])) });

    assert.deepEqual(toPlain(describeDisplacedNames(context)).warnings ?? [], warnings);
  });
}
