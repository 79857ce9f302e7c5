import * as v from "valibot";
import type { ContainerEndpoint, ContainerMount, ContainerSetup } from "../../model/container-setup.ts";
import type { ContainerState } from "../../model/engine.ts";
import { parseReply } from "./parse-reply.ts";

const text = v.optional(v.nullable(v.string(), ""), "");
const record = <T>(value: v.GenericSchema<unknown, T>) =>
  v.optional(v.nullable(v.record(v.string(), v.nullable(value))), null);
const list = <T>(value: v.GenericSchema<unknown, T>) => v.optional(v.nullable(v.array(value)), null);

const states = [
  "created",
  "restarting",
  "running",
  "removing",
  "paused",
  "exited",
  "dead",
] as const satisfies readonly ContainerState[];

/** In any other the engine tells of the run before, or says 0 where there was none. */
const endedStates: ReadonlySet<ContainerState> = new Set(["exited", "dead"]);

const bindings = record(v.array(v.object({ HostIp: text, HostPort: text })));

const inspection = v.object({
  Id: v.string(),
  Name: v.string(),
  Image: text,
  State: v.object({
    Status: v.fallback(v.picklist(states), "exited"),
    Pid: v.optional(v.number(), 0),
    ExitCode: v.optional(v.number(), 0),
    StartedAt: text,
  }),
  Config: v.object({
    Image: text,
    Labels: v.optional(v.nullable(v.record(v.string(), v.string())), null),
    ExposedPorts: record(v.unknown()),
  }),
  HostConfig: v.object({
    NetworkMode: text,
    PidMode: text,
    IpcMode: text,
    Privileged: v.optional(v.boolean(), false),
    PortBindings: bindings,
  }),
  Mounts: list(
    v.object({ Type: text, Name: text, Source: text, Destination: text, RW: v.optional(v.boolean(), true) }),
  ),
  NetworkSettings: v.object({
    Ports: bindings,
    Networks: record(v.object({ NetworkID: text, IPAddress: text, GlobalIPv6Address: text })),
  }),
});

type Inspection = v.InferOutput<typeof inspection>;

/**
 * Reads the reply to `GET /containers/<id>/json`.
 * @throws CILO_ENGINE_REQUEST_FAILED when it is not what an engine replies.
 */
export function parseContainerSetup(reply: unknown): ContainerSetup {
  const container = parseReply(inspection, reply, "container");
  const { State, Config, HostConfig, NetworkSettings } = container;
  const startedAt = toTime(State.StartedAt);
  const ports = [HostConfig.PortBindings, NetworkSettings.Ports].flatMap(toPublishedPorts);
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ""),
    labels: Config.Labels ?? {},
    state: State.Status,
    exitCode: endedStates.has(State.Status) && startedAt !== null ? State.ExitCode : null,
    image: Config.Image,
    imageId: container.Image,
    startedAt,
    pid: State.Pid > 0 ? State.Pid : null,
    networkMode: HostConfig.NetworkMode,
    pidMode: HostConfig.PidMode,
    ipcMode: HostConfig.IpcMode,
    privileged: HostConfig.Privileged,
    endpoints: toEndpoints(NetworkSettings.Networks),
    publishedPorts: [...new Set(ports)].sort(),
    mounts: (container.Mounts ?? []).map(toMount),
    exposedPorts: toExposedPorts(Config.ExposedPorts),
  };
}

/** The engine gives the first moment of the calendar for what has not happened. */
function toTime(time: string): string | null {
  return time === "" || time.startsWith("0001-01-01") ? null : time;
}

function toEndpoints(networks: Inspection["NetworkSettings"]["Networks"]): ContainerEndpoint[] {
  return Object.entries(networks ?? {}).flatMap(([network, endpoint]) => {
    if (endpoint === null) return [];
    const addresses = [endpoint.IPAddress, endpoint.GlobalIPv6Address].filter((address) => address !== "");
    return [{ network, networkId: endpoint.NetworkID, addresses }];
  });
}

/**
 * Asked for, or given out by the engine; one that is asked for and not given yet has no number: "0.0.0.0:*->80/tcp".
 */
function toPublishedPorts(ports: Inspection["NetworkSettings"]["Ports"]): string[] {
  return Object.entries(ports ?? {}).flatMap(([port, places]) =>
    (places ?? []).map(({ HostIp, HostPort }) => `${HostIp || "0.0.0.0"}:${HostPort || "*"}->${port}`),
  );
}

function toMount(mount: NonNullable<Inspection["Mounts"]>[number]): ContainerMount {
  const { Type, Name, Source, Destination, RW } = mount;
  const kind = Type === "volume" || Type === "bind" ? Type : "other";
  return { kind, source: kind === "volume" ? Name : Source, target: Destination, readOnly: !RW };
}

function toExposedPorts(ports: Inspection["Config"]["ExposedPorts"]): number[] {
  const numbers = Object.keys(ports ?? {}).flatMap((port) =>
    /^\d+(\/tcp)?$/.test(port) ? [Number.parseInt(port, 10)] : [],
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Reads the reply to `GET /images/<reference>/json`. */
export function parseImageId(reply: unknown): string {
  return parseReply(v.object({ Id: v.string() }), reply, "image").Id;
}
