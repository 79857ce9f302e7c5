import { Readable } from "node:stream";
import * as v from "valibot";
import { CiloError } from "../../base/errors.ts";
import { faultPoint } from "../../base/fault-point.ts";
import type { OpenVolumes, VolumeArchive, VolumeDetails } from "../volume-archive.ts";
import { requestArchive, requestReply } from "./archive-request.ts";
import type { Connection } from "./connection.ts";
import { toRequestFailure } from "./engine-error.ts";
import { getJson } from "./http.ts";
import { parseReply } from "./parse-reply.ts";
import { toUnreachable } from "./unreachable.ts";

/** Two blocks of zeros end a tar archive; before them there is nothing. */
const emptyArchive = Buffer.alloc(1024);
/** Where the volumes are in the container; each is called `data` in its archive. */
const mountRoot = "/volumes";
const directoryName = "data";

const texts = v.optional(v.nullable(v.record(v.string(), v.nullable(v.string()))), null);
const volumeReply = v.object({ Name: v.string(), Driver: v.string(), Labels: texts, Options: texts });
const importReply = v.object({ status: v.pipe(v.string(), v.startsWith("sha256:")) });
const createReply = v.object({ Id: v.string() });
const listReply = v.array(v.object({ Id: v.string() }));

/** The part of the provider that copies volumes. */
export function createVolumeArchive(connect: () => Promise<Connection>): VolumeArchive {
  return {
    inspect: async (name) => inspect(await connect(), name),
    async create({ name, labels }) {
      const body = { json: { Name: name, Driver: "local", Labels: labels } };
      const action = `create volume ${name}`;
      await requestReply(await connect(), { method: "POST", path: "/volumes/create", body, action });
    },
    open: async (names, labels) => open(await connect(), names, labels),
    removeLeft: async (labels) => removeLeft(await connect(), labels),
  };
}

async function inspect(connection: Connection, name: string): Promise<VolumeDetails | null> {
  const reply = await getJson(connection, `/volumes/${encodeURIComponent(name)}`);
  if (reply === null) return null;
  const { Name, Driver, Labels, Options } = parseReply(volumeReply, reply, "description of a volume");
  const labels = Object.entries(Labels ?? {}).map(([key, value]): [string, string] => [key, value ?? ""]);
  const isOwn = Driver === "local" && Object.keys(Options ?? {}).length === 0;
  return { name: Name, driver: Driver, labels: Object.fromEntries(labels), isOwn };
}

async function open(
  connection: Connection,
  names: readonly string[],
  labels: Record<string, string>,
): Promise<OpenVolumes> {
  const image = await importEmptyImage(connection, labels);
  faultPoint("volume-archive.image-made");
  const removeImage = () => remove(connection, `/images/${encodeURIComponent(image)}`, `image ${image}`);
  let container: string;
  try {
    const mounts = names.map((name, index) => ({ name, target: `${mountRoot}/${index}/${directoryName}` }));
    container = await createContainer(connection, { image, mounts, labels });
  } catch (error) {
    await removeImage();
    throw error;
  }
  faultPoint("volume-archive.container-made");
  const path = `/containers/${container}/archive`;
  return {
    async read(name, signal) {
      const query = { path: `${placeOf(names, name)}/${directoryName}` };
      const request = { method: "GET", path, query, action: `read volume ${name}`, signal } as const;
      return Readable.from(namingFailures(await requestArchive(connection, request), connection, signal));
    },
    async write(name, archive, signal) {
      // Unpacked anywhere but at the root, the engine refuses symbolic links that lead out of there, as those of a package manager do.
      const mounts = [{ name, target: `/${directoryName}` }];
      const own = await createContainer(connection, { image, mounts, labels });
      try {
        const request = { method: "PUT", path: `/containers/${own}/archive`, query: { path: "/" } } as const;
        await requestReply(connection, { ...request, body: { archive }, action: `fill volume ${name}`, signal });
      } finally {
        await remove(connection, `/containers/${own}`, `container ${own}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await remove(connection, `/containers/${container}`, `container ${container}`);
      await removeImage();
    },
  };
}

/** An engine that is lost in the middle of an archive. */
async function* namingFailures(archive: AsyncIterable<Buffer>, connection: Connection, signal: AbortSignal) {
  try {
    yield* archive;
  } catch (error) {
    signal.throwIfAborted();
    throw toUnreachable(error, connection);
  }
}

function placeOf(names: readonly string[], name: string): string {
  const index = names.indexOf(name);
  if (index < 0) throw new CiloError("CILO_BUG", `volume ${name} was not opened`);
  return `${mountRoot}/${index}`;
}

async function importEmptyImage(connection: Connection, labels: Record<string, string>): Promise<string> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const reply = await requestReply(connection, {
    method: "POST",
    path: "/images/create",
    query: { fromSrc: "-", changes: `LABEL ${label.join(" ")}` },
    body: { archive: emptyArchive },
    action: "import an empty image",
  });
  // One JSON object a line; the last names the image.
  const last = reply.trim().split("\n").at(-1) ?? "";
  return parseReply(importReply, parseJson(last, "import an empty image"), "reply to the import of an image").status;
}

/** @param action what was asked, as "read volume shop_data". */
function parseJson(text: string, action: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw toRequestFailure(action, { status: 200, reason: text.slice(0, 200), cause: error });
  }
}

async function createContainer(
  connection: Connection,
  {
    image,
    mounts,
    labels,
  }: { image: string; mounts: readonly { name: string; target: string }[]; labels: Record<string, string> },
): Promise<string> {
  const action = "make a container to reach volumes with";
  const Mounts = mounts.map(({ name, target }) => ({
    Type: "volume",
    Source: name,
    Target: target,
    VolumeOptions: { NoCopy: true },
  }));
  const reply = await requestReply(connection, {
    method: "POST",
    path: "/containers/create",
    body: {
      // It is never started; engines want a command all the same.
      json: { Image: image, Cmd: ["none"], Labels: labels, HostConfig: { NetworkMode: "none", Mounts } },
    },
    action,
  });
  return parseReply(createReply, parseJson(reply, action), "reply to the making of a container").Id;
}

/** What is gone already is no error. */
async function remove(connection: Connection, path: string, what: string): Promise<void> {
  try {
    await requestReply(connection, { method: "DELETE", path, query: { force: "true" }, action: `remove ${what}` });
  } catch (error) {
    if (!(error instanceof CiloError) || error.details.status !== 404) throw error;
  }
}

async function removeLeft(connection: Connection, labels: Record<string, string>): Promise<void> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const list = async (path: string, query: Record<string, string>) =>
    parseReply(listReply, await getJson(connection, path, { query }), "list").map(({ Id }) => Id);
  const containers = await list("/containers/json", { all: "true", filters: JSON.stringify({ label }) });
  for (const id of containers) await remove(connection, `/containers/${id}`, `container ${id}`);
  const images = await list("/images/json", { filters: JSON.stringify({ label, dangling: ["true"] }) });
  for (const id of images) await remove(connection, `/images/${encodeURIComponent(id)}`, `image ${id}`);
}
