import { join } from "node:path";
import { describeServices } from "../../src/compose/describe.ts";
import type { OverrideInput } from "../../src/compose/override/concern.ts";
import { renderOverride } from "../../src/compose/override.ts";
import { type ProjectReading, readProject } from "../../src/compose/project.ts";
import { toNetworkName } from "../../src/model/names.ts";
import { runCompose } from "./compose-program.ts";

/** Where the fixtures of this folder's tests are. */
export const fixtures = join(import.meta.dirname, "../../fixtures/compose");

export interface CopiedProject {
  /** Name of the environment. */
  name: string;
  projectDirectory: string;
  files: string[];
  profiles?: readonly string[];
}

/** Reads a project as an environment of that name does. */
export function readAs(copy: CopiedProject): Promise<ProjectReading> {
  return readProject({
    run: runCompose,
    projectDirectory: copy.projectDirectory,
    files: copy.files,
    profiles: copy.profiles ?? [],
    composeProject: `cilo-shop-${copy.name}`,
  });
}

/** What its override is made from, each service that wants one having an address from .10 on. */
export function overrideInputFor(name: string, reading: ProjectReading, subnet = "10.224.3"): OverrideInput {
  const { services } = describeServices(reading, null);
  const wanting = Object.keys(services).filter((service) => services[service]?.wantsAddress);
  const composeProject = `cilo-shop-${name}`;
  return {
    reading,
    installation: "99999999-2222-4333-8444-555555555555",
    environment: {
      id: `id-of-${name}`,
      project: "shop",
      name,
      suffix: "test",
      shortNames: true,
      composeProject,
    },
    networkName: toNetworkName(composeProject),
    addresses: Object.fromEntries(wanting.map((service, index) => [service, `${subnet}.${10 + index}`])),
  };
}

/** Reads a project and renders its override. */
export async function renderFor(copy: CopiedProject) {
  const reading = await readAs(copy);
  const input = overrideInputFor(copy.name, reading);
  return { reading, input, rendered: renderOverride(input) };
}
