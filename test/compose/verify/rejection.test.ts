import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toLayerRejection, toRejection } from "../../../src/compose/verify/rejection.ts";

describe("refusals", () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cilo-rejection-"));
    await writeFile(
      join(directory, "compose.yml"),
      "services:\n  my.web:\n    build:\n      tags: [a]\nvolumes:\n  data:\n",
    );
    await writeFile(join(directory, "mine.yml"), "services:\n  my.web:\n    labels: {}\n");
  });
  after(() => rm(directory, { recursive: true }));

  function rejected(layer: string | null) {
    const userLayer = layer === null ? null : { file: join(directory, layer), realFile: "", externalVolumes: [] };
    return {
      files: [join(directory, "compose.yml")],
      projectDirectory: directory,
      overrideFile: "/generated/override.yml",
      reading: { userLayer },
    };
  }

  test("name file, service and field, and have them as data", async () => {
    const violations = [
      { subject: "service my.web", field: "build.tags", problem: "every copy would build the same name" },
      { subject: "service my.web", field: "(whole)", problem: "it is gone" },
      { subject: "the project", field: "name", problem: "it is not what the project says" },
    ];

    const error = await toRejection(violations, rejected(null));

    assert.equal(error.code, "CILO_OVERRIDE_REJECTED");
    assert.equal(
      error.message,
      "the project cannot be copied safely, nothing was started: service my.web: build.tags: every copy would build the same name (compose.yml:4); service my.web: (whole): it is gone (compose.yml:2); the project: name: it is not what the project says",
    );
    assert.match(error.hint ?? "", /\/generated\/override\.yml/);
    assert.deepEqual(error.details.violations, violations);
  });

  test("of a user layer say which file it is", async () => {
    const violations = [{ subject: "service my.web", field: "labels", problem: "cilo needs them" }];

    const error = await toLayerRejection(violations, rejected("mine.yml"));

    assert.equal(
      error.message,
      "mine.yml takes away what a copy needs, nothing was started: service my.web: labels: cilo needs them (mine.yml:3)",
    );
    assert.equal(error.hint, `leave these fields out of ${join(directory, "mine.yml")}`);
  });
});
