import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CiloError } from "../base/errors.ts";
import type { CopySurroundings } from "../compose/beside.ts";
import type { ServiceDescription } from "../compose/describe.ts";
import type { ComposeFiles } from "../compose/files.ts";
import { type OverrideInput, renderOverride } from "../compose/override.ts";
import type { ProjectConfig } from "../compose/project-config.ts";
import { withoutTakenBack } from "../compose/verify/user-layer.ts";
import type { Violation } from "../compose/verify/violation.ts";
import { type VerifiedProject, verifyMerged } from "../compose/verify.ts";
import type { Finding } from "../model/finding.ts";
import { keptNetworksInUse } from "../model/kept-networks.ts";
import { toComposeProjectName, toNetworkName } from "../model/names.ts";
import { defaultBaseSubnet, defaultKeptBaseSubnet, defaultSuffix } from "../model/state.ts";
import { allocateSubnet } from "../network/pool.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { assignServiceAddresses } from "./assign-service-addresses.ts";
import type { ControllerContext } from "./context.ts";
import { type DescribedProject, describeProject } from "./describe-project.ts";
import { toRunCompose } from "./prepare.ts";
import { toTemporaryProblem } from "./stand-in-copy.ts";

/** What the environment is called that the project is looked at as; nothing of that name is made. No text of a project has it. */
const unnamed = "zz-env-zz";
const nobody = "00000000-0000-4000-8000-000000000000";

/** A text with ENV in the places of the environment's name. */
export function showEnvironment(text: string): string {
  return text.replaceAll(unnamed, "ENV");
}

/** A project in a place where a copy would be. */
export interface JudgedCopy {
  runtime: Pick<RuntimeProvider, "compose">;
  /** Name of the project. */
  project: string;
  projectDirectory: string;
  workspaceRoot: string;
  surroundings: CopySurroundings;
  /** An existing directory for generated files. */
  generated: string;
  files: ComposeFiles;
  config: ProjectConfig;
  /** Instead of those of the configuration; null: those. */
  chosenProfiles: readonly string[] | null;
}

/**
 * Does to a copy what `up` does before it asks the engine for anything: reads it, renders its override, has Compose merge the two and checks the result. What `up` would
 * refuse is among the findings.
 * @throws CILO_COMPOSE_INVALID, CILO_CONFIG_INVALID, CILO_COMPOSE_FAILED, CILO_DISK_FULL, CILO_PERMISSION_DENIED; CILO_USAGE for chosen profiles that no service has
 */
export async function judgeCopy(
  context: Pick<ControllerContext, "env" | "signal">,
  copy: JudgedCopy,
): Promise<DescribedProject> {
  const { project, config, files, projectDirectory, workspaceRoot, surroundings, chosenProfiles } = copy;
  const composeProject = toComposeProjectName(project, unnamed, new Set());
  const suffix = config.dnsSuffix ?? defaultSuffix;
  const environment = { id: nobody, project, name: unnamed, suffix, shortNames: true, composeProject };
  const run = toRunCompose(copy.runtime);
  const described = await describeProject(context, {
    ...{ environment, files, config, run, projectDirectory, workspaceRoot, surroundings, chosenProfiles },
    takeBack: null,
  });
  const { reading } = described;
  const networkName = toNetworkName(composeProject);
  const rendered = renderOverride({
    ...{ reading, environment, networkName },
    installation: nobody,
    configuredIngress: config.ingress,
    ...exampleAddresses(described.descriptions),
  });
  const overrideFile = await writeGenerated(copy.generated, rendered.override);
  const { refused, takenBack } = await verifyCopy(() =>
    verifyMerged({
      ...{ run, reading, projectDirectory, composeProject, overrideFile, networkName },
      files: files.files,
      signal: context.signal,
    }),
  );
  const kept = withoutTakenBack(rendered.findings, takenBack);
  return { ...described, findings: [...described.findings, ...kept, ...takenBack, ...refused] };
}

async function writeGenerated(directory: string, override: string): Promise<string> {
  const file = join(directory, "override.yml");
  try {
    await writeFile(file, override);
    return file;
  } catch (error) {
    throw toTemporaryProblem(error, directory);
  }
}

/** Addresses as an environment would have them, so that what is rewritten to one is found. */
function exampleAddresses(
  descriptions: Readonly<Record<string, ServiceDescription>>,
): Required<Pick<OverrideInput, "addresses" | "keptSubnets">> {
  const subnet = allocateSubnet({ pool: defaultBaseSubnet, prefixLength: 24, taken: [] });
  const keptSubnets: Record<string, string> = {};
  for (const network of keptNetworksInUse({ services: descriptions })) {
    const taken = Object.entries(keptSubnets).map(([holder, cidr]) => ({ holder, cidr }));
    keptSubnets[network] = allocateSubnet({ pool: defaultKeptBaseSubnet, prefixLength: 24, taken });
  }
  const addresses = assignServiceAddresses({ subnet, keptNetworks: keptSubnets, services: {} }, descriptions);
  return { addresses, keptSubnets };
}

async function verifyCopy(
  verify: () => Promise<VerifiedProject>,
): Promise<{ refused: Finding[]; takenBack: Finding[] }> {
  try {
    const { takenBack } = await verify();
    return { refused: [], takenBack };
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_OVERRIDE_REJECTED") throw error;
    const violations = (error.details.violations ?? []) as Violation[];
    const refused =
      violations.length === 0
        ? [toRefusal({ path: [], statement: error.message, hint: error.hint })]
        : violations.map((violation) => toRefusal({ ...toPath(violation), hint: null }));
    return { refused, takenBack: [] };
  }
}

function toRefusal(what: Pick<Finding, "path" | "statement" | "hint">): Finding {
  return { rule: "override-rejected", action: "refused", shared: false, level: "warning", ...what };
}

/** A violation's subject is "service web", "network front" or "the project". */
function toPath({ subject, field, problem }: Violation): Pick<Finding, "path" | "statement"> {
  const [, kind, name] = /^(service|network|volume) (.+)$/.exec(subject) ?? [];
  const path = kind === undefined || name === undefined ? [] : [`${kind}s`, name, field];
  return { path, statement: `${field}: ${problem}` };
}
