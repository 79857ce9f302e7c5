import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { findProblems } from "./properties/all-properties.ts";
import { type ProjectToCopy, readCopies } from "./properties/read-copies.ts";

/** Real projects, kept beside the repository where they are at hand. */
const corpus = join(import.meta.dirname, "../../../shared/corpus/compose");
const noCompose = await reasonWithoutCompose();
const skip = noCompose || (existsSync(corpus) ? false : `no projects at ${corpus}`);

interface Case {
  name: string;
  files: string[];
  profiles: string[];
}

const cases: Case[] = skip
  ? []
  : readdirSync(corpus, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => JSON.parse(readFileSync(join(corpus, name, "case.json"), "utf8")));

describe("real projects", { skip, concurrency: availableParallelism() }, () => {
  test("are at hand", () => {
    assert.notEqual(cases.length, 0);
  });

  for (const { name, files, profiles } of cases) {
    test(`${name}: two copies have every property of a copy`, async (t) => {
      const root = await mkdtemp(join(tmpdir(), "cilo-corpus-"));
      t.after(() => rm(root, { recursive: true }));
      const project = { directory: join(corpus, name), files, profiles, run: runCompose };
      const read = await readUnlessUnknown(project, root);
      if (read === null) return t.skip("this docker compose does not know a field of it");

      const problems = findProblems(read.copies);

      assert.deepEqual([...read.problems, ...problems], []);
    });
  }
});

/** Null when the project needs a newer Compose than there is; every other refusal is a failure. */
async function readUnlessUnknown(project: ProjectToCopy, root: string) {
  try {
    return await readCopies(project, root);
  } catch (error) {
    if (error instanceof CiloError && /additional propert(y|ies) .+ not allowed/i.test(error.message)) return null;
    throw error;
  }
}
