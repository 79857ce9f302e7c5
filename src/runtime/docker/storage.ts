import * as v from "valibot";
import type { EngineStorage, VolumePlace } from "../../model/engine-storage.ts";
import { parseReply } from "./parse-reply.ts";

const text = v.optional(v.nullable(v.string(), ""), "");
const texts = v.optional(v.nullable(v.record(v.string(), v.nullable(v.string()))), null);

const information = v.object({ DockerRootDir: text });
const volumeList = v.object({
  Volumes: v.optional(
    v.nullable(v.array(v.object({ Name: v.string(), Driver: text, Mountpoint: text, Labels: texts, Options: texts }))),
    null,
  ),
});

type Volume = NonNullable<v.InferOutput<typeof volumeList>["Volumes"]>[number];

/**
 * Reads the replies to `GET /info` and `GET /volumes`.
 * @throws CILO_ENGINE_REQUEST_FAILED when they are not what an engine replies.
 */
export function parseStorage(info: unknown, volumes: unknown): EngineStorage {
  const { DockerRootDir } = parseReply(information, info, "description of itself");
  const { Volumes } = parseReply(volumeList, volumes, "list of volumes");
  return {
    dataRoot: DockerRootDir || null,
    volumes: new Map((Volumes ?? []).map((volume) => [volume.Name, toPlace(volume)])),
  };
}

function toPlace(volume: Volume): VolumePlace {
  const labels = Object.entries(volume.Labels ?? {}).map(([key, value]) => [key, value ?? ""] as const);
  return { labels: Object.fromEntries(labels), mountpoint: volume.Mountpoint || null, device: toDevice(volume) };
}

function toDevice({ Driver, Options }: Volume): string | null {
  const { type, device, o } = Options ?? {};
  if (Driver !== "local" || !device || type === "tmpfs") return null;
  // The address of a network file system's server is among the mount options.
  const server = /(?:^|,)addr=([^,]+)/.exec(o ?? "")?.[1];
  return server !== undefined && device.startsWith(":") ? `${server}${device}` : device;
}
