import { existsSync } from "node:fs";
import { standInProgram } from "./stand-in-image.ts";
import type { Model, ModelService } from "./stand-in-model.ts";

/** A directory or file that stands in for one of the host's, mounted where that would have been. */
export interface MovedBind {
  source: string;
  target: string;
  readOnly: boolean;
}

export interface StandInFileInput {
  model: Model;
  /** Name of the stand-in image. */
  image: string;
  canBePrivileged: boolean;
  /** By service. */
  movedBinds: Record<string, MovedBind[]>;
  /** By name: the file that stands in for a secret or config that is kept outside the project. */
  secretFiles: Record<string, string>;
  configFiles: Record<string, string>;
}

/** Log drivers that need nothing outside the engine. */
const ownLogDrivers = ["json-file", "local", "none"];

/**
 * Renders the further Compose file with which a real project runs on stand-ins. It changes what a service runs and what this machine cannot have; ports, networks,
 * volumes, dependencies and everything else stay as the project says.
 */
export function renderStandInFile(input: StandInFileInput): string {
  const { model } = input;
  const jobs = new Set(dependedOn(model, "service_completed_successfully"));
  const awaited = new Set(dependedOn(model, "service_healthy"));
  const services = Object.entries(model.services).map(([name, service]) => {
    const fields = [
      ...programFields(service, jobs.has(name)),
      ...healthFields(service, awaited.has(name)),
      ...machineFields(service, input),
      ...buildFields(service),
      ...volumeFields(input.movedBinds[name] ?? []),
    ];
    return `  ${JSON.stringify(name)}: {${fields.map(([key, value]) => ` ${key}: ${value}`).join(",")} }`;
  });
  return [
    ...section("services", services),
    ...section("secrets", filesSection(input.secretFiles)),
    ...section("configs", filesSection(input.configFiles)),
    "",
  ].join("\n");
}

type Field = [key: string, value: string];

function dependedOn(model: Model, condition: string): string[] {
  return Object.values(model.services).flatMap(({ depends_on: dependencies }) =>
    Object.entries(dependencies ?? {}).flatMap(([name, dependency]) =>
      dependency.condition === condition ? [name] : [],
    ),
  );
}

/** The image's own entry point takes any command as its arguments, so that only another entry point has to go. */
function programFields(service: ModelService, isJob: boolean): Field[] {
  if (isJob) return [["entrypoint", '["/bin/true"]']];
  return service.entrypoint?.length ? [["entrypoint", JSON.stringify([standInProgram])]] : [];
}

/** A check that others wait for without the project's saying what it is would have been the image's. */
function healthFields(service: ModelService, isAwaited: boolean): Field[] {
  const declared = service.healthcheck !== undefined && !service.healthcheck.disable;
  if (!declared && !isAwaited) return [];
  const check = 'test: ["CMD", "/bin/true"], interval: 1s, timeout: 10s, retries: 5, start_period: 0s';
  return [["healthcheck", `!override { ${check} }`]];
}

/** What engines differ in, and what only the machine has that the project was made for. */
function machineFields(service: ModelService, { image, canBePrivileged }: StandInFileInput): Field[] {
  const reset = (field: string): Field => [field, "!reset null"];
  const logDriver = (service.logging as { driver?: string } | undefined)?.driver;
  const devices = (service.devices ?? []) as { source: string }[];
  return [
    ...(service.image?.includes("@") ? [["image", JSON.stringify(image)] satisfies Field] : []),
    ...(service.pull_policy === "always" ? [reset("pull_policy")] : []),
    ...(service.privileged && !canBePrivileged ? [reset("privileged")] : []),
    ...["platform", "runtime", "storage_opt", "cgroup_parent"].filter((field) => service[field]).map(reset),
    ...(logDriver !== undefined && !ownLogDrivers.includes(logDriver) ? [reset("logging")] : []),
    ...(devices.some(({ source }) => !existsSync(source)) ? [reset("devices")] : []),
  ];
}

/** What a build would take of the machine it runs on or of a registry, and contexts, which engines before 23 do not know. */
function buildFields({ build }: ModelService): Field[] {
  const fields = ["ssh", "network", "platforms", "cache_from", "additional_contexts"].filter(
    (field) => build !== undefined && field in build,
  );
  return fields.length === 0 ? [] : [["build", `{ ${fields.map((field) => `${field}: !reset null`).join(", ")} }`]];
}

/** Compose takes the later of two mounts with one target. */
function volumeFields(binds: readonly MovedBind[]): Field[] {
  if (binds.length === 0) return [];
  const mounts = binds.map(({ source, target, readOnly }) => ({ type: "bind", source, target, read_only: readOnly }));
  return [["volumes", JSON.stringify(mounts)]];
}

function filesSection(files: Record<string, string>): string[] {
  return Object.entries(files).map(
    ([name, file]) => `  ${JSON.stringify(name)}: !override { file: ${JSON.stringify(file)} }`,
  );
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines];
}
