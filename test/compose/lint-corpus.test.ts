import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { lintProject } from "../../src/compose/lint.ts";
import { type FieldLocation, locateFields } from "../../src/compose/locate-fields.ts";
import { toOverrideContext } from "../../src/compose/override/concern.ts";
import { type ProjectReading, readProject } from "../../src/compose/project.ts";
import { readCorpusCases, reasonWithoutCorpus } from "../support/corpus-cases.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { composeProject, environment } from "./model-builder.ts";

const skip = (await reasonWithoutCompose()) || reasonWithoutCorpus();

describe("findings of real projects", { skip, concurrency: availableParallelism() }, () => {
  for (const { title, directory, files, profiles } of skip ? [] : readCorpusCases("")) {
    test(`${title}: each has its place in the user's files`, async (t) => {
      const paths = files.map((file) => join(directory, file));
      const reading = await readUnlessUnknown({ directory, paths, profiles });
      if (reading === null) return t.skip("this docker compose does not know a field of it");
      const context = toOverrideContext({
        ...{ reading, environment },
        installation: "99999999-2222-4333-8444-555555555555",
        networkName: `${composeProject}_default`,
        addresses: {},
      });

      const findings = lintProject(context);
      const places = await locateFields(paths, findings);

      for (const [index, finding] of findings.entries()) {
        const place = places[index] ?? null;
        assert.notEqual(place, null, JSON.stringify(finding));
        assert.match(textAt(place as FieldLocation), /\S/, JSON.stringify(finding));
      }
    });
  }
});

/** What the file says from the place on, to the end of the line. */
function textAt({ file, line, column }: FieldLocation): string {
  return (readFileSync(file, "utf8").split("\n")[line - 1] ?? "").slice(column - 1);
}

/** Null when the project needs a newer Compose than there is. */
async function readUnlessUnknown(project: {
  directory: string;
  paths: string[];
  profiles: string[];
}): Promise<ProjectReading | null> {
  const { directory: projectDirectory, paths: files, profiles } = project;
  try {
    return await readProject({ run: runCompose, projectDirectory, files, profiles, composeProject });
  } catch (error) {
    if (error instanceof CiloError && /additional propert(y|ies) .+ not allowed/i.test(error.message)) return null;
    throw error;
  }
}
