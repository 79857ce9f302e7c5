import * as v from "valibot";
import type {
  ContainerDetails,
  ContainerFacts,
  ContainerHealth,
  ContainerState,
  EngineFacts,
  ImageFacts,
  ImageOrigin,
  NetworkFacts,
  VolumeFacts,
} from "../../model/engine.ts";
import { parseReply } from "./parse-reply.ts";

/*
 * The engine's replies, from API 1.41 (20.10) on. Engines leave out or null what is empty, and not all the same, so every
 * field but an object's identity may be missing.
 */

const containerStates = ["created", "restarting", "running", "removing", "paused", "exited", "dead"] as const;
/** What a state that no engine had when this was written is taken for: certainly not running. */
const unknownState: ContainerState = "exited";

const text = v.optional(v.nullable(v.string(), ""), "");
const labels = v.pipe(
  v.optional(v.nullable(v.record(v.string(), v.string())), null),
  v.transform((value) => value ?? {}),
);
const state = v.fallback(v.picklist(containerStates), unknownState);

/** `NetworkSettings`; a container that does not run keeps its networks without an address. */
const networks = v.pipe(
  v.optional(
    v.nullable(
      v.object({
        Networks: v.optional(
          v.nullable(v.record(v.string(), v.nullable(v.object({ IPAddress: text, NetworkID: text })))),
          null,
        ),
      }),
    ),
    null,
  ),
  v.transform((settings) => {
    const endpoints = Object.entries(settings?.Networks ?? {});
    const byName = (read: (endpoint: { IPAddress: string; NetworkID: string }) => string) =>
      Object.fromEntries(
        endpoints.flatMap(([name, endpoint]): [string, string][] =>
          endpoint === null || read(endpoint) === "" ? [] : [[name, read(endpoint)]],
        ),
      );
    return { addresses: byName(({ IPAddress }) => IPAddress), networkIds: byName(({ NetworkID }) => NetworkID) };
  }),
);

const listedContainer = v.object({
  Id: v.string(),
  Names: v.optional(v.nullable(v.array(v.string())), null),
  Labels: labels,
  State: state,
  Status: text,
  NetworkSettings: networks,
  Image: text,
  ImageID: text,
});

const inspectedContainer = v.object({
  Id: v.string(),
  Name: v.string(),
  Image: text,
  Config: v.object({
    Labels: labels,
    Image: text,
    Tty: v.optional(v.boolean(), false),
    Volumes: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
  }),
  HostConfig: v.optional(
    v.object({
      Mounts: v.optional(v.nullable(v.array(v.object({ Source: text, Target: text }))), null),
      Binds: v.optional(v.nullable(v.array(v.string())), null),
      VolumesFrom: v.optional(v.nullable(v.array(v.string())), null),
    }),
    {},
  ),
  RestartCount: v.optional(v.number(), 0),
  State: v.object({
    Status: state,
    StartedAt: text,
    ExitCode: v.optional(v.number(), 0),
    Health: v.optional(v.nullable(v.object({ Status: text })), null),
  }),
  NetworkSettings: networks,
  Mounts: v.optional(v.nullable(v.array(v.object({ Type: text, Name: text, Destination: text }))), null),
});

const network = v.object({
  Id: v.string(),
  Name: v.string(),
  Labels: labels,
  Driver: text,
  IPAM: v.optional(
    v.nullable(v.object({ Config: v.optional(v.nullable(v.array(v.object({ Subnet: text }))), null) })),
    null,
  ),
});

const volume = v.object({ Name: v.string(), Labels: labels });
const image = v.object({
  Id: v.string(),
  RepoTags: v.optional(v.nullable(v.array(v.string())), null),
  Labels: labels,
  Size: v.optional(v.number(), 0),
});
const imageHistory = v.nullable(v.array(v.object({ CreatedBy: text, Comment: text })));
/** -1: the engine does not know. */
const volumeUsage = v.optional(v.nullable(v.object({ Size: v.number() })), null);
const diskUsage = v.object({
  Volumes: v.optional(v.nullable(v.array(v.object({ Name: v.string(), UsageData: volumeUsage }))), null),
});

const engine = v.object({
  ID: text,
  ServerVersion: text,
  OperatingSystem: text,
  SecurityOptions: v.optional(v.nullable(v.array(v.string())), null),
});

/** Reads the reply to `GET /info`. @throws CILO_ENGINE_REQUEST_FAILED, as all of these do, when it is not what an engine replies. */
export function parseEngine(reply: unknown, endpoint: string): Omit<EngineFacts, "unreachableBecause"> {
  const { ID, ServerVersion, OperatingSystem, SecurityOptions } = parseReply(engine, reply, "info");
  return {
    endpoint,
    id: ID,
    version: ServerVersion,
    operatingSystem: OperatingSystem,
    // "name=rootless", in newer engines possibly with options after a comma.
    rootless: (SecurityOptions ?? []).some((option) => option.split(",").includes("name=rootless")),
  };
}

/** Reads the reply to `GET /containers/json`. */
export function parseContainers(reply: unknown): ContainerFacts[] {
  return parseReply(v.array(listedContainer), reply, "list of containers").map((container) => ({
    id: container.Id,
    name: (container.Names?.[0] ?? container.Id).replace(/^\//, ""),
    labels: container.Labels,
    state: container.State,
    health: healthOfStatus(container.Status),
    exitCode: container.State === "exited" ? exitCodeOfStatus(container.Status) : null,
    ...container.NetworkSettings,
    image: container.Image,
    imageId: container.ImageID,
  }));
}

/** The list has the health only within a sentence: "Up 3 seconds (health: starting)", "Up 2 hours (healthy)". */
function healthOfStatus(status: string): ContainerHealth {
  return toHealth(/\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1]);
}

/** So it is with the exit code: "Exited (137) 2 minutes ago". */
function exitCodeOfStatus(status: string): number | null {
  const code = /^Exited \((\d+)\)/.exec(status)?.[1];
  return code === undefined ? null : Number(code);
}

function toHealth(value: string | undefined): ContainerHealth {
  return value === "starting" || value === "healthy" || value === "unhealthy" ? value : "none";
}

/** What a container's inspection says, before it is known which of its volumes are anonymous. */
export interface InspectedContainer {
  facts: Omit<ContainerDetails, "anonymousVolumes">;
  /** Volumes the engine made for this very container, as far as its configuration says. */
  madeVolumes: string[];
  /** Whether it writes to a terminal: its log then has no frames. */
  tty: boolean;
}

/** Reads the reply to `GET /containers/<id>/json`. */
export function parseInspectedContainer(reply: unknown): InspectedContainer {
  const container = parseReply(inspectedContainer, reply, "container");
  const { Status, ExitCode, Health } = container.State;
  const mounts = (container.Mounts ?? []).filter(({ Type, Name }) => Type === "volume" && Name !== "");
  return {
    tty: container.Config.Tty,
    madeVolumes: mounts.filter((mount) => wasMadeFor(container, mount)).map(({ Name }) => Name),
    facts: {
      id: container.Id,
      name: container.Name.replace(/^\//, ""),
      labels: container.Config.Labels,
      state: Status,
      health: toHealth(Health?.Status),
      ...container.NetworkSettings,
      image: container.Config.Image,
      imageId: container.Image,
      exitCode: Status === "exited" ? ExitCode : null,
      startedAt: container.State.StartedAt,
      restartCount: container.RestartCount,
      volumes: mounts.map(({ Name }) => Name),
    },
  };
}

/**
 * Whether the engine made a volume for this container: a mount was asked for without a source, or the image declares the place and nothing else
 * fills it. A made-up name alone says little: `docker volume create` makes such names too, and `volumes_from` brings those of other containers. What
 * Compose carries over to a new container has a source, and was made for the one before.
 */
function wasMadeFor(container: v.InferOutput<typeof inspectedContainer>, mount: { Destination: string }): boolean {
  const asked = container.HostConfig.Mounts?.find(({ Target }) => Target === mount.Destination);
  if (asked) return asked.Source === "";
  const binds = container.HostConfig.Binds ?? [];
  const isFilledByOthers =
    (container.HostConfig.VolumesFrom ?? []).length > 0 ||
    binds.some((bind) => bind.split(":")[1] === mount.Destination);
  return !isFilledByOthers && Object.hasOwn(container.Config.Volumes ?? {}, mount.Destination);
}

/** Reads the reply to `GET /networks`. */
export function parseNetworks(reply: unknown): NetworkFacts[] {
  return parseReply(v.array(network), reply, "list of networks").map(toNetworkFacts);
}

/** Reads the reply to `GET /networks/<id>`. */
export function parseNetwork(reply: unknown): NetworkFacts {
  return toNetworkFacts(parseReply(network, reply, "network"));
}

function toNetworkFacts(entry: v.InferOutput<typeof network>): NetworkFacts {
  const subnets = (entry.IPAM?.Config ?? []).map(({ Subnet }) => Subnet);
  return {
    id: entry.Id,
    name: entry.Name,
    labels: entry.Labels,
    driver: entry.Driver,
    subnets: subnets.filter((subnet) => /^[0-9.]+\/[0-9]+$/.test(subnet)),
  };
}

/** Reads the reply to `GET /volumes`. */
export function parseVolumes(reply: unknown): VolumeFacts[] {
  const { Volumes } = parseReply(
    v.object({ Volumes: v.optional(v.nullable(v.array(volume)), null) }),
    reply,
    "list of volumes",
  );
  return (Volumes ?? []).map(toVolumeFacts);
}

/** Reads the reply to `GET /volumes/<name>`. */
export function parseVolume(reply: unknown): VolumeFacts {
  return toVolumeFacts(parseReply(volume, reply, "volume"));
}

function toVolumeFacts(entry: v.InferOutput<typeof volume>): VolumeFacts {
  return { name: entry.Name, labels: entry.Labels };
}

/** Reads the reply to `GET /images/json`. */
export function parseImages(reply: unknown): ImageFacts[] {
  return parseReply(v.array(image), reply, "list of images").map((entry) => ({
    id: entry.Id,
    // What an untagged image is listed as by engines before 25.
    tags: (entry.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
    labels: entry.Labels,
    sizeBytes: entry.Size,
  }));
}

/** Reads the reply to `GET /images/{id}/history`, which begins with the latest. */
export function parseImageOrigin(reply: unknown): ImageOrigin | null {
  const [latest] = parseReply(imageHistory, reply, "history of an image") ?? [];
  return latest === undefined ? null : { createdBy: latest.CreatedBy, comment: latest.Comment };
}

/** Reads the reply to `GET /system/df`. */
export function parseVolumeSizes(reply: unknown): Record<string, number> {
  const volumes = parseReply(diskUsage, reply, "disk usage").Volumes ?? [];
  return Object.fromEntries(
    volumes.flatMap(({ Name, UsageData }) =>
      UsageData === null || UsageData.Size < 0 ? [] : [[Name, UsageData.Size]],
    ),
  );
}
