import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findKeptComposes, keepCurrentCompose } from "../../scripts/kept-compose.ts";

describe("the Docker Compose kept for tests", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-kept-"));
    for (const name of ["2.40.3", "2.100.0", "unpacked-x1y2z3"]) await mkdir(join(directory, name));
  });
  after(() => rm(directory, { recursive: true }));

  it("is each that is complete, by its version", async () => {
    const found = await findKeptComposes(directory);

    assert.deepEqual(found, [
      { version: "2.100.0", file: join(directory, "2.100.0/docker-compose") },
      { version: "2.40.3", file: join(directory, "2.40.3/docker-compose") },
    ]);
  });

  it("is none where nothing was kept", async () => {
    assert.deepEqual(await findKeptComposes(join(directory, "absent")), []);
  });

  it("is not fetched again", async () => {
    const said: string[] = [];

    const kept = await keepCurrentCompose((line) => said.push(line), directory);

    assert.deepEqual([kept.version, said], ["2.100.0", []]);
  });
});
