import { docker } from "./engine.ts";

/** A container of a copy, as the engine shows it. */
export interface CopyContainer {
  id: string;
  name: string;
  service: string;
  isRunning: boolean;
  /** Null unless it has ended. */
  exitCode: number | null;
  /** Unchanged as long as the same process runs. */
  startedAt: string;
  /** Addresses by network; those of a service whose network it has in common included. */
  addresses: Record<string, string>;
  networkMode: string;
  /** Whether it was left the right to send echo requests. */
  canPing: boolean;
  publishedPorts: string[];
  /** Names of volumes and paths of the host that are mounted. */
  mounts: string[];
}

interface Inspection {
  Id: string;
  Name: string;
  State: { Running: boolean; ExitCode: number; StartedAt: string };
  Config: { Labels: Record<string, string> };
  HostConfig: {
    NetworkMode: string;
    PortBindings: Record<string, unknown> | null;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
  };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
  Mounts: { Type: string; Name?: string; Source: string }[];
}

/** Containers of a Compose project, one-off ones apart, in the order of their names. */
export async function listCopyContainers(composeProject: string): Promise<CopyContainer[]> {
  const filters = [`label=com.docker.compose.project=${composeProject}`, "label=com.docker.compose.oneoff=False"];
  const args = filters.flatMap((filter) => ["--filter", filter]);
  const ids = (await docker("container", "ls", "--all", "--quiet", "--no-trunc", ...args)).split("\n").filter(Boolean);
  if (ids.length === 0) return [];
  const inspections: Inspection[] = JSON.parse(await docker("container", "inspect", ...ids));
  const byId = new Map(inspections.map((inspection) => [inspection.Id, inspection]));
  return inspections.map((inspection) => toCopyContainer(inspection, byId)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toCopyContainer(inspection: Inspection, byId: ReadonlyMap<string, Inspection>): CopyContainer {
  const { Id, Name, State, Config, HostConfig, Mounts } = inspection;
  const { NetworkMode: networkMode } = HostConfig;
  const owner = networkMode.startsWith("container:") ? byId.get(networkMode.slice("container:".length)) : inspection;
  const networks = Object.entries(owner?.NetworkSettings.Networks ?? {});
  return {
    id: Id,
    name: Name.slice(1),
    service: Config.Labels["com.docker.compose.service"] ?? "",
    isRunning: State.Running,
    exitCode: State.Running ? null : State.ExitCode,
    startedAt: State.StartedAt,
    addresses: Object.fromEntries(networks.flatMap(([name, { IPAddress }]) => (IPAddress ? [[name, IPAddress]] : []))),
    networkMode,
    canPing: mayPing(HostConfig),
    publishedPorts: Object.keys(HostConfig.PortBindings ?? {}),
    mounts: Mounts.flatMap(({ Type, Name: volume, Source }) => (Type === "tmpfs" ? [] : [volume ?? Source])).sort(),
  };
}

/** Without new privileges, root is no more than whom the container runs as. */
function mayPing({ CapDrop, SecurityOpt }: Inspection["HostConfig"]): boolean {
  if ((SecurityOpt ?? []).some((option) => /^no-new-privileges(?!.false)/.test(option))) return false;
  return !(CapDrop ?? []).some((right) => ["ALL", "NET_RAW", "CAP_NET_RAW"].includes(right));
}

/** Every address of the running containers of each service, in order. */
export function addressesByService(containers: readonly CopyContainer[]): Map<string, string[]> {
  const byService = new Map<string, string[]>();
  for (const { service, addresses, isRunning } of containers) {
    if (!isRunning) continue;
    byService.set(service, [...(byService.get(service) ?? []), ...Object.values(addresses)].sort());
  }
  return byService;
}
