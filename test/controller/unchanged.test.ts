import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnchanged } from "../../src/controller/unchanged.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";

type Seen = Pick<ContainerFacts, "id" | "state" | "labels">;

const web: Seen = { id: "1", state: "running", labels: {} };
const db: Seen = { id: "2", state: "running", labels: {} };
const job: Seen = { id: "3", state: "exited", labels: {} };
const oneOff: Seen = { id: "4", state: "running", labels: { "com.docker.compose.oneoff": "True" } };

const table: readonly [behaviour: string, before: Seen[], after: Seen[], expected: boolean][] = [
  ["the same containers run", [web, db], [db, web], true],
  ["nothing ran and nothing runs", [], [], false],
  ["one is new", [web], [web, db], false],
  ["one is gone", [web, db], [web], false],
  ["one was made anew", [web, db], [web, { ...db, id: "9" }], false],
  ["one had to be started again", [web, { ...db, state: "exited" }], [web, db], false],
  ["a job was run again", [web, job], [web, job], false],
  ["a one-off came or went", [web, oneOff], [web], true],
];

for (const [behaviour, before, after, expected] of table) {
  test(`an up after which ${behaviour} changed ${expected ? "nothing" : "something"}`, () => {
    assert.equal(isUnchanged(before, after), expected);
  });
}
