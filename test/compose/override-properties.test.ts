import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { type GeneratedProject, generatedProject, writeProject } from "./generated-project.ts";
import { findProblems } from "./properties/all-properties.ts";
import { readCopies } from "./properties/read-copies.ts";

const skip = await reasonWithoutCompose();

/** To look for faults, with a number of projects such as 2000; each calls Compose about ten times. */
const { CILO_GENERATED_PROJECTS: longRun } = process.env;
const numRuns = Number(longRun ?? 20);
/** The daily ones are always the same: what is new is found by looking for it. */
const bounds = numRuns > 20 ? { numRuns } : { numRuns, seed: 20_261_120, interruptAfterTimeLimit: 50_000 };

/** What a long run has found once. */
const found: GeneratedProject[] = [
  {
    // One image, built by a service that is off and used by one that is on.
    texts: {
      "compose.yaml": `services:
  builder: {build: ., image: docker.io/library/two:latest, profiles: [dev]}
  store: {image: docker.io/library/two:latest}
`,
    },
    path: ".",
    files: [],
    profiles: [],
    shared: [],
  },
];

test("two copies of any project have every property of a copy", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-generated-"));
  t.after(() => rm(directory, { recursive: true }));

  await fc.assert(
    fc.asyncProperty(generatedProject, async (project) => {
      const root = await mkdtemp(join(directory, "project-"));
      await writeProject(project, join(root, "source"));

      const { copies, problems } = await readCopies(
        { ...project, directory: join(root, "source"), run: runCompose },
        join(root, "home"),
      );

      assert.deepEqual([...problems, ...findProblems(copies)], []);
      await rm(root, { recursive: true });
    }),
    { ...bounds, examples: found.map((project): [GeneratedProject] => [project]) },
  );
});
