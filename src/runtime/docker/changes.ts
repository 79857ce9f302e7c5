import { CiloError, messageOf } from "../../base/errors.ts";
import { waitFor } from "../../base/wait.ts";
import type { NetworkFacts } from "../../model/engine.ts";
import type { NetworkSpec, RuntimeProvider } from "../provider.ts";
import type { Connection } from "./connection.ts";
import type { EngineApi } from "./engine-api.ts";
import { statusOf, toEngineError, toRequestFailure } from "./engine-error.ts";
import { getJson } from "./http.ts";
import { patientlyRequest, requestTimeoutsMs } from "./patient-request.ts";

type Changes = Pick<
  RuntimeProvider,
  "createNetwork" | "removeNetwork" | "removeContainer" | "removeVolume" | "removeImage"
>;

/** Until a container that somebody else removes is gone. */
const removalTimeoutMs = 30_000;

/** The half of the provider that changes the engine. */
export function createChanges(connect: () => Promise<Connection>, loadApi: () => Promise<EngineApi>): Changes {
  const remove = async (kind: Removable, id: string, run: (api: EngineApi, signal: AbortSignal) => Promise<void>) => {
    const [api, connection] = await Promise.all([loadApi(), connect()]);
    try {
      await patientlyRequest(connection, requestTimeoutsMs[`${kind} removal`], (signal) => run(api, signal));
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (kind === "container" && isBeingRemoved(error)) await waitUntilGone(connection, id);
      else throw toEngineError(error, { action: `remove ${kind} ${id}`, connection });
    }
  };
  return {
    createNetwork: async (spec) => createNetwork(await loadApi(), spec, await connect()),
    removeNetwork: (id) => remove("network", id, (api, signal) => api.removeNetwork(id, signal)),
    removeVolume: (name) => remove("volume", name, (api, signal) => api.removeVolume(name, signal)),
    removeImage: (id) => remove("image", id, (api, signal) => api.removeImage(id, signal)),
    removeContainer: (id, { volumes } = { volumes: false }) =>
      remove("container", id, (api, signal) => api.removeContainer(id, { volumes, signal })),
  };
}

type Removable = "network" | "volume" | "image" | "container";

async function createNetwork(api: EngineApi, spec: NetworkSpec, connection: Connection): Promise<NetworkFacts> {
  const { name, labels, subnet } = spec;
  try {
    const id = await patientlyRequest(connection, requestTimeoutsMs["network creation"], (signal) =>
      api.createNetwork(spec, signal),
    );
    return { id, name, labels, driver: "bridge", subnets: [subnet] };
  } catch (cause) {
    // "Pool overlaps with other one on this address space", "networks have overlapping IPv4".
    if (statusOf(cause) === null || !/overlap/i.test(messageOf(cause))) {
      throw toEngineError(cause, { action: `create network ${name} with subnet ${subnet}`, connection });
    }
    throw new CiloError(
      "CILO_SUBNET_TAKEN",
      `cannot create network ${name}: its subnet ${subnet} overlaps that of another network of the engine`,
      {
        hint: "run \"docker network inspect --format '{{.Name}} {{.IPAM.Config}}' $(docker network ls --quiet)\" to see which",
        details: { name, subnet },
        cause,
      },
    );
  }
}

/** Tells from a refusal that somebody else removes it at this moment: Compose, or the engine after `docker run --rm`. */
function isBeingRemoved(error: unknown): boolean {
  return statusOf(error) === 409 && /already in progress/i.test(messageOf(error));
}

/**
 * Waits until a container that somebody else removes is gone.
 * @throws CILO_ENGINE_REQUEST_FAILED when that does not end.
 */
async function waitUntilGone(connection: Connection, id: string): Promise<void> {
  const path = `/containers/${encodeURIComponent(id)}/json`;
  const look = async () => ((await getJson(connection, path)) === null ? true : null);
  const gone = await waitFor(look, { timeoutMs: removalTimeoutMs });
  if (gone !== null) return;
  throw toRequestFailure(`remove container ${id}`, {
    status: 409,
    reason: "its removal is under way and does not end",
  });
}
