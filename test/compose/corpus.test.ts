import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import type { ComposeProject } from "../../src/compose/model.ts";
import { renderOverride } from "../../src/compose/override.ts";
import type { ProjectReading } from "../../src/compose/project.ts";
import { readModel } from "../../src/compose/read-model.ts";
import { verifyMerged } from "../../src/compose/verify.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { type CopiedProject, overrideInputFor, readAs } from "./fixture-project.ts";

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
    test(`${name}: two copies are valid and share nothing`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), "cilo-corpus-"));
      t.after(() => rm(directory, { recursive: true }));
      const projectDirectory = join(corpus, name);
      const project = { projectDirectory, files: files.map((file) => join(projectDirectory, file)), profiles };
      const reading = await readUnlessUnknown({ ...project, name: "blue" });
      if (reading === null) return t.skip("this docker compose does not know a field of it");

      const blue = await merge({ ...project, name: "blue" }, reading, directory);
      const green = await merge({ ...project, name: "green" }, await readAs({ ...project, name: "green" }), directory);

      const common = [...fixedNamesOf(blue)].filter((fixed) => fixedNamesOf(green).has(fixed));
      assert.deepEqual(common, keptExternalVolumes(reading));
    });
  }
});

/** Null when the project needs a newer Compose than there is; every other refusal is a failure. */
async function readUnlessUnknown(copy: CopiedProject): Promise<ProjectReading | null> {
  try {
    return await readAs(copy);
  } catch (error) {
    if (error instanceof CiloError && /additional propert(y|ies) .+ not allowed/i.test(error.message)) return null;
    throw error;
  }
}

/** Renders the override twice over, has it verified, and gives back the merged model. */
async function merge(copy: CopiedProject, reading: ProjectReading, directory: string): Promise<ComposeProject> {
  const input = overrideInputFor(copy.name, reading);
  const { override } = renderOverride(input);
  const { redact, ...facts } = reading;
  assert.equal(renderOverride({ ...input, reading: { ...structuredClone(facts), redact } }).override, override);
  const overrideFile = join(directory, `${copy.name}.yml`);
  await writeFile(overrideFile, override);
  const options = { ...copy, run: runCompose, composeProject: input.environment.composeProject };
  await verifyMerged({ ...options, overrideFile, networkName: input.networkName, reading });
  return readModel({ ...options, profiles: [], files: [...copy.files, overrideFile] }, reading.view);
}

function fixedNamesOf(model: ComposeProject): Set<string> {
  const services = Object.values(model.services);
  return new Set([
    ...services.flatMap(({ container_name: name }) => (name ? [`container ${name}`] : [])),
    ...services.flatMap(({ build, image }) => (build && image ? [`image ${image}`] : [])),
    ...services.flatMap(({ build }) => (build?.tags ?? []).map((tag) => `image ${tag}`)),
    ...Object.values(model.networks).map((network) => `network ${network?.name}`),
    ...Object.values(model.volumes).map((volume) => `volume ${volume?.name}`),
  ]);
}

/** The one thing that may be common to copies: an external volume that all of them only read. */
function keptExternalVolumes({ base }: ProjectReading): string[] {
  const mounts = Object.values(base.services).flatMap(({ volumes }) => volumes ?? []);
  return Object.entries(base.volumes).flatMap(([key, volume]) => {
    const written = mounts.some((mount) => typeof mount !== "string" && mount.source === key && !mount.read_only);
    return volume?.external && !written ? [`volume ${volume.name}`] : [];
  });
}
