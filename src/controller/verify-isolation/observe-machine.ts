import type { EngineStorage } from "../../model/engine-storage.ts";
import { isOwn } from "../conflicts.ts";
import { followLinks } from "./follow-links.ts";
import { type Belongings, isHostPath, type Machine } from "./machine.ts";
import type { Subject } from "./subject.ts";

export interface MachineFacts {
  storage: EngineStorage;
  /** As DOCKER_HOST takes it. */
  endpoint: string;
  installation: string;
  /** Of each environment the directory of its copy, by its key. */
  workspaces: ReadonlyMap<string, string>;
}

/** Where the engine's socket usually is on its machine. */
const usualSockets = ["/var/run/docker.sock", "/run/docker.sock"];

/** Looks at what the machine's paths lead to that the two environments mount, or that are theirs. */
export async function observeMachine(
  subjects: readonly Subject[],
  { storage, endpoint, installation, workspaces }: MachineFacts,
): Promise<Machine> {
  const localSocket = endpoint.startsWith("unix://") ? endpoint.slice("unix://".length) : null;
  const sockets = [...usualSockets, ...(localSocket === null ? [] : [localSocket])];
  const mounts = subjects.flatMap(({ containers }) => containers).flatMap((container) => container.mounts);
  const binds = mounts.filter(({ kind }) => kind === "bind").map(({ source }) => source);
  const devices = [...storage.volumes.values()].flatMap(({ device }) => device ?? []).filter(isHostPath);
  const roots = storage.dataRoot === null ? [] : [storage.dataRoot];
  const realPaths = await followLinks(
    [...sockets, ...binds, ...devices, ...roots, ...workspaces.values()],
    localSocket !== null,
  );
  const toBelongings = ({ key, environment }: Subject): [string, Belongings] => {
    const own = [...storage.volumes].filter(([, { labels }]) => isOwn(environment, installation, labels));
    return [key, { workspace: workspaces.get(key) ?? null, volumes: own.map(([name]) => name) }];
  };
  return {
    ...storage,
    engineSockets: [...new Set(sockets.map((path) => realPaths.get(path) ?? path))],
    belongings: new Map(subjects.map(toBelongings)),
    realPaths,
  };
}
