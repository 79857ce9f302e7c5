import { Resolver } from "node:dns/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../src/model/environment.ts";
import type { State } from "../../src/model/state.ts";
import { parseState } from "../../src/state/schema.ts";
import { docker } from "../support/engine.ts";
import { listHomeLeftovers } from "../support/home-leftovers.ts";
import type { World } from "../support/world.ts";

export interface AgreementOptions {
  world: World;
  dnsPort: number;
  /** Keys of all environments that there may be. */
  environments: readonly string[];
  /** The services of their projects. */
  services: readonly string[];
}

/**
 * Compares state, engine, files and what the DNS server answers, each asked by a client that is none of cilo's.
 * @returns what does not agree, a line each.
 */
export async function findDisagreements(options: AgreementOptions): Promise<string[]> {
  const parsed = parseState(await options.world.state());
  if ("problems" in parsed) return parsed.problems.map((problem) => `state.json: ${problem}`);
  const { state } = parsed;
  const found = await Promise.all([
    compareContainers(state),
    compareObjects(state),
    compareFiles(state, options.world.home),
    compareNames(state, options),
    compareList(state, options.world),
  ]);
  return found.flat();
}

function environmentsOf(state: State): Environment[] {
  return Object.values(state.hosts.local.environments);
}

interface SeenContainer {
  environmentId: string;
  service: string;
  address: string;
}

/** Services run where state says so, at the addresses that it says, on the network that it says. */
async function compareContainers(state: State): Promise<string[]> {
  const running = await listRunning(state);
  return environmentsOf(state).flatMap((environment) => {
    const { id, project, name, subnet, services, status, operation } = environment;
    const key = `${project}/${name}`;
    const own = running.filter(({ environmentId }) => environmentId === id);
    const seen = (service: string) =>
      own.filter((container) => container.service === service).map(({ address }) => address);
    const down = Object.keys(services).filter((service) => seen(service).length === 0);
    const strangers = own.filter(({ service }) => services[service] === undefined);
    return [
      ...(operation === null ? [] : [`${key}: state says that "${operation.kind}" is at "${operation.step}"`]),
      ...Object.entries(services)
        .filter(([service, { addresses }]) => !isEqual(addresses, seen(service)))
        .map(([service, { addresses }]) => `${key} ${service}: state has ${addresses}, it runs at ${seen(service)}`),
      ...strangers.map(({ service }) => `${key} ${service}: runs, and state does not know it`),
      ...(status === "running" && down.length > 0 ? [`${key}: "running" without ${down}`] : []),
      ...(["stopped", "created"].includes(status) && own.length > 0 ? [`${key}: "${status}", but it runs`] : []),
      ...own
        .filter(({ address }) => !address.startsWith(subnet.replace(/0\/24$/, "")))
        .map(({ service, address }) => `${key} ${service}: ${address} is not in ${subnet}`),
    ];
  });
}

async function listRunning({ installation }: State): Promise<SeenContainer[]> {
  const ids = await docker("container", "ls", "--quiet", "--filter", `label=cilo.installation=${installation}`);
  if (ids === "") return [];
  const inspected: {
    Config: { Labels: Record<string, string> };
    NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
  }[] = JSON.parse(await docker("container", "inspect", ...ids.split("\n")));
  return inspected.map(({ Config: { Labels }, NetworkSettings: { Networks } }) => ({
    environmentId: Labels["cilo.id"] ?? "",
    service: Labels["cilo.service"] ?? "",
    address: Object.values(Networks)[0]?.IPAddress ?? "",
  }));
}

/** Everything with our label belongs to an environment, and each that runs has its network, with its subnet. */
async function compareObjects(state: State): Promise<string[]> {
  const ids = new Set(environmentsOf(state).map(({ id }) => id));
  const filter = ["--filter", `label=cilo.installation=${state.installation}`];
  const lists = await Promise.all([
    docker("container", "ls", "--all", ...filter, "--format", '{{.Label "cilo.id"}} container {{.Names}}'),
    docker("network", "ls", ...filter, "--format", '{{.Label "cilo.id"}} network {{.Name}}'),
    docker("volume", "ls", ...filter, "--format", '{{.Label "cilo.id"}} volume {{.Name}}'),
  ]);
  const lines = lists.flatMap((text) => text.split("\n").filter((line) => line !== ""));
  const orphans = lines.filter((line) => !ids.has(line.replace(/ .*/, "")));
  const networks = lines.filter((line) => line.includes(" network ")).map((line) => line.replace(/.* /, ""));
  const names = networks.length === 0 ? "" : await docker("network", "inspect", "--format", subnetFormat, ...networks);
  const subnets = new Map(names.split("\n").map((line) => line.split(" ") as [string, string]));
  return [
    ...orphans.map((line) => `${line.replace(/^\S* /, "")} belongs to no environment`),
    ...environmentsOf(state).flatMap(({ project, name, composeProject, subnet }) => {
      const seen = subnets.get(`${composeProject}_default`);
      return seen === undefined || seen === subnet
        ? []
        : [`${project}/${name}: ${subnet} in state, ${seen} on the engine`];
    }),
    ...findDuplicates(environmentsOf(state).map(({ subnet }) => subnet)).map((subnet) => `${subnet} is given twice`),
  ];
}

const subnetFormat = "{{.Name}} {{(index .IPAM.Config 0).Subnet}}";

/** Each environment has its workspace, and there is nothing else; the lock of a killed process is in nobody's way while its environment is there. */
async function compareFiles(state: State, home: string): Promise<string[]> {
  const locks = new Set(environmentsOf(state).map(({ id }) => `locks/${id}.lock`));
  const left = (await listHomeLeftovers(home)).filter((path) => !locks.has(path));
  const missing = environmentsOf(state).filter(
    ({ project, name }) => !existsSync(join(home, "envs", project, name, "compose.yml")),
  );
  return [
    ...missing.map(({ project, name }) => `${project}/${name} has no workspace`),
    ...left.map((path) => `left in CILO_HOME: ${path}`),
  ];
}

/** The server answers for what runs, with the engine's address, and knows nothing of what is gone. */
async function compareNames(state: State, { dnsPort, environments, services }: AgreementOptions): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  const questions = environments.flatMap((key) => {
    const [project = "", name = ""] = key.split("/");
    const environment = state.hosts.local.environments[key];
    const shortOwner = environmentsOf(state).find((other) => other.name === name && other.shortNames);
    return services.flatMap((service) => [
      { name: `${service}.${project}.${name}.test`, wanted: environment?.services[service]?.addresses ?? null },
      { name: `${service}.${name}.test`, wanted: shortOwner?.services[service]?.addresses ?? null },
    ]);
  });
  const answers = await Promise.all(
    questions.map(async ({ name, wanted }) => {
      const got = await resolve(resolver, name);
      return isEqual(wanted ?? [], got) ? [] : [`${name}: state has ${wanted ?? "nothing"}, the answer is ${got}`];
    }),
  );
  return [...new Set(answers.flat())];
}

async function resolve(resolver: Resolver, name: string): Promise<string[]> {
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    return [`an error, ${code}`];
  }
}

/** `cilo list` asks the engine: what it says of an environment is what state says. */
async function compareList(state: State, world: World): Promise<string[]> {
  const { environments }: { environments: { project: string; name: string; status: string }[] } = JSON.parse(
    await world.must("list", "--json"),
  );
  return environments.flatMap(({ project, name, status }) => {
    const recorded = state.hosts.local.environments[`${project}/${name}`]?.status;
    return status === recorded ? [] : [`${project}/${name}: "${recorded}" in state, "${status}" on the engine`];
  });
}

function isEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}

function findDuplicates(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
