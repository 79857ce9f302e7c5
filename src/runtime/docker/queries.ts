import type { ContainerDetails } from "../../model/engine.ts";
import type { LabelFilter, RuntimeProvider } from "../provider.ts";
import { isAnonymousVolume, looksAnonymous } from "./anonymous-volumes.ts";
import type { Connection } from "./connection.ts";
import { toRequestFailure } from "./engine-error.ts";
import {
  parseContainers,
  parseEngine,
  parseImageOrigin,
  parseImages,
  parseInspectedContainer,
  parseNetworks,
  parseVolume,
  parseVolumeSizes,
  parseVolumes,
} from "./facts.ts";
import { get, getJson, readEngineMessage } from "./http.ts";
import { unframeLog } from "./log-frames.ts";
import { findObstacle } from "./reachability.ts";

type Queries = Pick<
  RuntimeProvider,
  | "info"
  | "listContainers"
  | "inspectContainer"
  | "containerLogs"
  | "listNetworks"
  | "listVolumes"
  | "volumeSizes"
  | "listImages"
  | "imageOrigin"
>;

/** Enough for any log that somebody reads; the beginning of a longer one is what is kept. */
const maxLogBytes = 4 * 1024 * 1024;

/** The half of the provider that only asks, over plain HTTP: `cilo list` loads nothing heavy. */
export function createQueries(connect: () => Promise<Connection>): Queries {
  const ask = async (path: string, query: Record<string, string> = {}) => getJson(await connect(), path, { query });
  return {
    info: async () => {
      const facts = parseEngine(await ask("/info"), (await connect()).endpoint);
      return { ...facts, unreachableBecause: findObstacle(facts, process.platform) };
    },
    listContainers: async (filter) =>
      parseContainers(await ask("/containers/json", { all: "true", ...toQuery(filter) })),
    listNetworks: async (filter) => parseNetworks(await ask("/networks", toQuery(filter))),
    listVolumes: async (filter) => parseVolumes(await ask("/volumes", toQuery(filter))),
    volumeSizes: async () => parseVolumeSizes(await ask("/system/df")),
    imageOrigin: async (id) => parseImageOrigin(await ask(`/images/${encodeURIComponent(id)}/history`)),
    listImages: async (filter) => parseImages(await ask("/images/json", toQuery(filter))),
    inspectContainer: async (id) => inspectContainer(await connect(), id),
    containerLogs: async (id, lines) => readLog(await connect(), { id, lines }),
  };
}

function toQuery(filter: LabelFilter): Record<string, string> {
  const label = Object.entries(filter).map(([name, value]) => `${name}=${value}`);
  return label.length === 0 ? {} : { filters: JSON.stringify({ label }) };
}

async function inspectContainer(connection: Connection, id: string): Promise<ContainerDetails | null> {
  const reply = await getJson(connection, containerPath(id, "json"));
  if (reply === null) return null;
  const { facts, madeVolumes } = parseInspectedContainer(reply);
  const suspects = madeVolumes.filter(looksAnonymous);
  const anonymous = await Promise.all(suspects.map((name) => isAnonymous(connection, name)));
  return { ...facts, anonymousVolumes: suspects.filter((_, index) => anonymous[index]) };
}

async function isAnonymous(connection: Connection, name: string): Promise<boolean> {
  const reply = await getJson(connection, `/volumes/${encodeURIComponent(name)}`);
  return reply !== null && isAnonymousVolume(parseVolume(reply));
}

async function readLog(connection: Connection, wanted: { id: string; lines: number }): Promise<string> {
  const { id, lines } = wanted;
  const inspected = await getJson(connection, containerPath(id, "json"));
  if (inspected === null) throw noSuchContainer(id);
  const { tty } = parseInspectedContainer(inspected);
  const reply = await get(connection, containerPath(id, "logs"), {
    query: { stdout: "true", stderr: "true", tail: String(lines) },
    maxBodyBytes: maxLogBytes,
    cutBody: true,
  });
  if (reply.status === 404) throw noSuchContainer(id);
  if (reply.status !== 200) {
    throw toRequestFailure(`give the log of container ${id}`, {
      status: reply.status,
      reason: readEngineMessage(reply.body),
    });
  }
  return tty ? reply.body.toString("utf8") : unframeLog(reply.body);
}

function noSuchContainer(id: string): Error {
  return toRequestFailure(`give the log of container ${id}`, { status: 404, reason: "there is no such container" });
}

function containerPath(id: string, leaf: string): string {
  return `/containers/${encodeURIComponent(id)}/${leaf}`;
}
