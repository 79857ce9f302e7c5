import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { ComposeProject } from "../../src/compose/model.ts";
import { renderOverride } from "../../src/compose/override.ts";
import { readModel } from "../../src/compose/read-model.ts";
import { verifyMerged } from "../../src/compose/verify.ts";
import { reasonWithoutCompose, runCompose } from "./compose-program.ts";
import { overrideInputFor, readAs } from "./fixture-project.ts";
import { generatedProject } from "./generated-project.ts";
import { readingOf } from "./model-builder.ts";

const skip = await reasonWithoutCompose();

function reversed<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).reverse()) as T;
}

test("the same project gives the same bytes and findings, in whatever order its parts come", () => {
  fc.assert(
    fc.property(generatedProject, (model) => {
      const { services = {}, networks = {}, volumes = {} } = model;
      const turned = { services: reversed(services), networks: reversed(networks), volumes: reversed(volumes) };

      const first = renderOverride(overrideInputFor("login", readingOf({ services, networks, volumes })));
      const second = renderOverride(overrideInputFor("login", readingOf(turned)));

      assert.equal(second.override, first.override);
      assert.deepEqual(second.findings, first.findings);
    }),
  );
});

test("two environments of any project merge into models that are whole and share nothing", { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "cilo-generated-"));
  t.after(() => rm(directory, { recursive: true }));

  await fc.assert(
    fc.asyncProperty(generatedProject, async (model) => {
      const projectDirectory = await mkdtemp(join(directory, "project-"));
      await writeFile(join(projectDirectory, "compose.yaml"), JSON.stringify(model));

      const [blue, green] = await Promise.all([mergeAs("blue", projectDirectory), mergeAs("green", projectDirectory)]);

      assert.deepEqual(
        namesOnTheEngine(blue).filter((name) => namesOnTheEngine(green).includes(name)),
        [],
      );
      for (const merged of [blue, green]) assert.deepEqual(sharedAliases(merged), []);
    }),
    // Each run calls Compose about ten times.
    { numRuns: 15 },
  );
});

async function mergeAs(name: string, projectDirectory: string): Promise<ComposeProject> {
  const copy = { name, projectDirectory, files: [join(projectDirectory, "compose.yaml")] };
  const reading = await readAs(copy);
  const input = overrideInputFor(name, reading);
  const overrideFile = join(projectDirectory, `${name}.yml`);
  await writeFile(overrideFile, renderOverride(input).override);
  const options = { ...copy, run: runCompose, composeProject: input.environment.composeProject };
  await verifyMerged({ ...options, overrideFile, networkName: input.networkName, reading });
  return readModel({ ...options, profiles: [], files: [...copy.files, overrideFile] }, reading.view);
}

function namesOnTheEngine({ services, networks, volumes }: ComposeProject): string[] {
  return [
    ...Object.values(services).flatMap(({ container_name: container }) => (container ? [container] : [])),
    ...Object.values(services).flatMap(({ build, image }) => (build && image ? [image] : [])),
    ...Object.values(networks).map((network) => String(network?.name)),
    ...Object.values(volumes).flatMap((volume) => (volume?.external ? [] : [String(volume?.name)])),
  ];
}

/** Names that two services have which can run at the same time. */
function sharedAliases({ services }: ComposeProject): string[] {
  const owners = new Map<string, string[][]>();
  for (const [name, { networks, profiles }] of Object.entries(services)) {
    if (!networks) continue;
    for (const alias of [name, ...(networks.default?.aliases ?? [])].map((text) => text.toLowerCase())) {
      owners.set(alias, [...(owners.get(alias) ?? []), profiles ?? []]);
    }
  }
  return [...owners].flatMap(([alias, [first, ...others]]) => {
    const areApart = others.every(
      (other) => first?.length && other.length && !other.some((profile) => first.includes(profile)),
    );
    return areApart ? [] : [alias];
  });
}
