import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findPlaces } from "../../src/controller/find-places.ts";
import type { Finding } from "../../src/model/finding.ts";

function findingAt(...path: string[]): Finding {
  return { rule: "x", action: "kept", shared: true, level: "warning", path, statement: "", hint: null };
}

test("places are relative to the project's directory where they are below it, and those of the user layer win", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "cilo-places-"));
  t.after(() => rm(root, { recursive: true }));
  const directory = join(root, "app");
  await mkdir(directory);
  const files = [join(root, "shared.yml"), join(directory, "compose.yml")];
  await writeFile(files[0] ?? "", "services:\n  db:\n    image: db\n");
  await writeFile(files[1] ?? "", "services:\n  web:\n    ports: [80]\n");
  const layer = join(directory, "mine.yml");
  await writeFile(layer, "\n\nservices: { web: { ports: [81] } }\n");
  const findings = [
    findingAt("services", "db"),
    findingAt("services", "web", "ports"),
    findingAt(),
    findingAt("volumes", "x"),
  ];

  const read = { files, directory, userLayer: null };
  const places = await findPlaces(read, findings);
  const userLayer = { file: layer, realFile: layer, externalVolumes: [] };
  const withLayer = await findPlaces({ ...read, userLayer }, findings);

  assert.deepEqual(
    findings.map((finding) => places.get(finding)),
    [{ file: files[0], line: 2, column: 3 }, { file: "compose.yml", line: 3, column: 5 }, undefined, undefined],
  );
  assert.deepEqual(withLayer.get(findings[1] as Finding), { file: "mine.yml", line: 3, column: 20 });
});
