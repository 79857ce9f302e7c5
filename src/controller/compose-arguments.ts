import { CiloError } from "../base/errors.ts";

/** Options of `docker compose` itself whose value is the next argument (docs.docker.com/reference/cli/docker/compose). */
const optionsWithValue = new Set([
  "--ansi",
  "--env-file",
  "-f",
  "--file",
  "--parallel",
  "--profile",
  "--progress",
  "--project-directory",
  "-p",
  "--project-name",
  "--workdir",
]);
/** Its options without one. */
const switches = new Set([
  "--all-resources",
  "--compatibility",
  "--dry-run",
  "-h",
  "--help",
  "--no-ansi",
  "-v",
  "--verbose",
  "--version",
]);

/** Commands after which containers may be others, or run or not run. `run` is not among them: it may last for hours and changes nothing that has a name. */
const changingVerbs = new Set([
  "create",
  "down",
  "kill",
  "pause",
  "restart",
  "rm",
  "scale",
  "start",
  "stop",
  "unpause",
  "up",
]);

const makingVerbs = new Set(["create", "run", "scale", "up"]);

/** The Compose command among its arguments, or null when there are only options. */
export function findComposeVerb(args: readonly string[]): string | null {
  return args[findVerbIndex(args)] ?? null;
}

/** Tells whether a Compose command changes containers, so that nothing else may at the same time. */
export function changesContainers(args: readonly string[]): boolean {
  return changingVerbs.has(findComposeVerb(args) ?? "");
}

/** Tells whether a Compose command makes containers: the networks of their services must be there then. */
export function makesContainers(args: readonly string[]): boolean {
  return makingVerbs.has(findComposeVerb(args) ?? "");
}

/**
 * The services whose containers, by this command, cannot have the one fixed address: that of `compose run` (its first argument that is a service, for options may
 * come before it), and those scaled to several.
 */
export function findServicesWithoutAddress(args: readonly string[], services: readonly string[]): string[] {
  const index = findVerbIndex(args);
  const verb = args[index];
  const rest = args.slice(index + 1);
  if (verb === "run") return rest.filter((argument) => services.includes(argument)).slice(0, 1);
  if (verb !== "up" && verb !== "create" && verb !== "scale") return [];
  return rest.flatMap((argument) => {
    const [, service = "", count] = /^(?:--scale=)?([^=]+)=(\d+)$/.exec(argument) ?? [];
    return Number(count) > 1 && services.includes(service) ? [service] : [];
  });
}

/**
 * The project's name says whose containers Compose works on.
 * @throws CILO_USAGE when the arguments name another project.
 */
export function refuseRedirection(args: readonly string[]): void {
  const own = args.slice(0, findVerbIndex(args));
  const unknown = own.find((argument, index) => argument.startsWith("-") && !isKnown(argument) && !isValue(own, index));
  if (unknown !== undefined) {
    throw new CiloError("CILO_USAGE", `"${unknown}" is not known as an option of docker compose itself`, {
      hint: "put it behind the command it belongs to, or run docker compose itself",
    });
  }
  const redirecting = own.find((argument) => /^(-p|--project-name)(=|$)/.test(argument) || /^-p./.test(argument));
  if (redirecting === undefined) return;
  throw new CiloError("CILO_USAGE", `"${redirecting}" would lead to another Compose project than the environment's`, {
    hint: "leave it out; for another project run docker compose itself",
  });
}

function isKnown(argument: string): boolean {
  const name = argument.split("=", 1)[0] ?? "";
  return optionsWithValue.has(name) || switches.has(name) || /^-[pf]./.test(argument);
}

function isValue(own: readonly string[], index: number): boolean {
  return optionsWithValue.has(own[index - 1] ?? "");
}

function findVerbIndex(args: readonly string[]): number {
  let index = 0;
  while (args[index]?.startsWith("-")) index += optionsWithValue.has(args[index] ?? "") ? 2 : 1;
  return index;
}
