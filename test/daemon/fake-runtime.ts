import { CiloError } from "../../src/base/errors.ts";
import type { ContainerFacts, EngineEvent } from "../../src/model/engine.ts";
import type { LabelFilter, RuntimeProvider } from "../../src/runtime/provider.ts";

/** An engine that does what a test says. */
export interface FakeRuntime {
  provider: RuntimeProvider;
  /** What was asked for: "all", or an environment's id. */
  looks: string[];
  emit(event: EngineEvent): void;
  /** Ends the event stream as an engine does that goes away. */
  die(): void;
  isClosed(): boolean;
}

/**
 * @param options.list what it shows when it is asked.
 * @param options.id who it says it is; "engine-1".
 */
export function createFakeRuntime(options: {
  list: (filter: LabelFilter, look: number) => Promise<ContainerFacts[]> | ContainerFacts[];
  id?: string;
}): FakeRuntime {
  const looks: string[] = [];
  const queue: EngineEvent[] = [];
  let isDead = false;
  let isClosed = false;
  let notify = Promise.withResolvers<void>();
  const wake = () => {
    notify.resolve();
    notify = Promise.withResolvers();
  };
  const notExpected = (): never => {
    throw new Error("not expected of this engine");
  };
  const provider: RuntimeProvider = {
    endpoint: "unix:///fake.sock",
    info: async () => ({
      endpoint: "unix:///fake.sock",
      id: options.id ?? "engine-1",
      version: "20.10.24",
      operatingSystem: "x",
      rootless: false,
      unreachableBecause: null,
    }),
    async listContainers(filter) {
      looks.push(filter["cilo.id"] ?? "all");
      return options.list(filter, looks.length);
    },
    async *events(signal, onReady) {
      signal.addEventListener("abort", wake);
      onReady();
      while (!signal.aborted && !isDead) {
        const event = queue.shift();
        if (event) yield event;
        else await notify.promise;
      }
      if (isDead) throw new CiloError("CILO_ENGINE_UNREACHABLE", "it is gone");
    },
    inspectContainer: notExpected,
    removeContainer: notExpected,
    containerLogs: notExpected,
    listNetworks: notExpected,
    createNetwork: notExpected,
    removeNetwork: notExpected,
    listVolumes: notExpected,
    volumeSizes: notExpected,
    removeVolume: notExpected,
    listImages: notExpected,
    imageOrigin: notExpected,
    removeImage: notExpected,
    compose: notExpected,
    volumes: { inspect: notExpected, create: notExpected, open: notExpected, removeLeft: notExpected },
    composeVersion: notExpected,
    get probing() {
      return notExpected();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
    },
  };
  return {
    provider,
    looks,
    emit(event) {
      queue.push(event);
      wake();
    },
    die() {
      isDead = true;
      wake();
    },
    isClosed: () => isClosed,
  };
}
