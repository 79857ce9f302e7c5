import type {
  ContainerExecution,
  ContainerExecutionResult,
  ProbeContainerSpec,
  ProbeRuntime,
} from "../probe-runtime.ts";
import { createChanges } from "./changes.ts";
import type { Connection } from "./connection.ts";
import { parseContainerSetup, parseImageId } from "./container-setup.ts";
import type { EngineApi } from "./engine-api.ts";
import { reasonOf, statusOf, toEngineError } from "./engine-error.ts";
import { getJson } from "./http.ts";
import { unframeLog } from "./log-frames.ts";
import { patientlyRequest, requestTimeoutsMs } from "./patient-request.ts";
import { readSocketTables } from "./socket-tables.ts";
import { parseStorage } from "./storage.ts";

/** Many lines of what was probed; the beginning of more is what is kept. */
const maxOutputBytes = 1024 * 1024;

/** The part of the provider that looks into containers and probes from inside them. */
export function createProbing(connect: () => Promise<Connection>, loadApi: () => Promise<EngineApi>): ProbeRuntime {
  const ask = async (path: string) => getJson(await connect(), path);
  const { removeContainer } = createChanges(connect, loadApi);
  const remove = (id: string) => removeContainer(id, { volumes: true });
  return {
    inspectSetup: async (id) => {
      const reply = await ask(`/containers/${encodeURIComponent(id)}/json`);
      return reply === null ? null : parseContainerSetup(reply);
    },
    storage: async () => {
      const [info, volumes] = await Promise.all([ask("/info"), ask("/volumes")]);
      return parseStorage(info, volumes);
    },
    findImage: async (reference) => {
      const reply = await ask(`/images/${encodeURIComponent(reference)}/json`);
      return reply === null ? null : parseImageId(reply);
    },
    readSocketTables: (container) => readSocketTables(container),
    execute: async (id, execution) =>
      await execute({ api: await loadApi(), connection: await connect(), containerId: id, execution }),
    startProbeContainer: async (spec) =>
      await startProbeContainer({ api: await loadApi(), connection: await connect(), remove }, spec),
    removeProbeContainer: remove,
  };
}

async function execute(options: {
  api: EngineApi;
  connection: Connection;
  containerId: string;
  execution: ContainerExecution;
}): Promise<ContainerExecutionResult> {
  const { api, connection, containerId, execution } = options;
  const timeout = AbortSignal.timeout(execution.timeoutMs);
  const signal = AbortSignal.any([execution.signal, timeout]);
  const chunks: Buffer[] = [];
  const output = () => unframeLog(Buffer.concat(chunks));
  try {
    const { stream, exitCode } = await api.execute(containerId, { ...execution, signal });
    let sizeBytes = 0;
    for await (const chunk of stream) {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxOutputBytes) chunks.push(chunk);
    }
    return { exitCode: await exitCode(), output: output(), timedOut: false, refusal: null };
  } catch (error) {
    execution.signal.throwIfAborted();
    if (timeout.aborted) return { exitCode: null, output: output(), timedOut: true, refusal: null };
    if (statusOf(error) !== null) return { exitCode: null, output: "", timedOut: false, refusal: reasonOf(error) };
    throw toEngineError(error, { action: `run a program in container ${containerId}`, connection });
  }
}

async function startProbeContainer(
  engine: { api: EngineApi; connection: Connection; remove(id: string): Promise<void> },
  spec: ProbeContainerSpec,
): Promise<{ id: string } | { refusal: string }> {
  const { api, connection, remove } = engine;
  let id: string | null = null;
  try {
    const made = await patientlyRequest(connection, requestTimeoutsMs["container creation"], (signal) =>
      api.createProbeContainer(spec, signal),
    );
    id = made;
    await patientlyRequest(connection, requestTimeoutsMs["container start"], (signal) =>
      api.startContainer(made, signal),
    );
    return { id };
  } catch (error) {
    // One that was never started is not removed by the engine.
    if (id !== null) await remove(id);
    if (statusOf(error) !== null) return { refusal: reasonOf(error) };
    throw toEngineError(error, { action: `start a container of ${spec.image}`, connection });
  }
}
