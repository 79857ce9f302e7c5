import type { EngineEvent } from "../../model/engine.ts";
import { labelKeys } from "../../model/labels.ts";
import type { Connection } from "./connection.ts";
import { toEngineError } from "./engine-error.ts";
import { type ActorEvent, readEvents } from "./event-stream.ts";
import { parseNetwork, parseNetworks } from "./facts.ts";
import { getJson, openStream } from "./http.ts";

export interface FollowEventsOptions {
  connection: Connection;
  /** Ends the stream without a throw. */
  signal: AbortSignal;
  onReady: () => void;
}

type Labels = Record<string, string>;

const openTimeoutMs = 20_000;
const action = "report events";

/**
 * No filter by label: engines put a container's labels on its events but not a network's, so that one would drop all of these.
 * The list of actions keeps out the three events that every health check of every container brings with its `exec`.
 */
const filters = {
  type: ["container", "network"],
  event: [
    "create",
    "start",
    "die",
    "stop",
    "destroy",
    "rename",
    "pause",
    "unpause",
    "health_status",
    "connect",
    "disconnect",
  ],
};

/** See `RuntimeProvider.events`. */
export async function* followEvents(options: FollowEventsOptions): AsyncGenerator<EngineEvent, void, undefined> {
  const { connection, signal, onReady } = options;
  if (signal.aborted) return;
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(), openTimeoutMs);
  try {
    // The engine sends its headers an instant before it subscribes; `since` has it repeat what happened in between.
    const query = { filters: JSON.stringify(filters), since: String(Date.now() / 1000) };
    const stream = await openStream(connection, "/events", {
      query,
      action,
      signal: AbortSignal.any([signal, opening.signal]),
    });
    clearTimeout(timer);
    try {
      onReady();
      yield* selectOwn(readEvents(stream), connection);
    } finally {
      stream.destroy();
    }
    if (!signal.aborted) throw new Error("it ended the event stream");
  } catch (error) {
    if (signal.aborted) return;
    throw toEngineError(error, { action, connection });
  } finally {
    clearTimeout(timer);
  }
}

/** Lets through the events of objects with cilo's label, and gives a network's event the labels of the network. */
async function* selectOwn(
  events: AsyncIterable<ActorEvent>,
  connection: Connection,
): AsyncGenerator<EngineEvent, void, undefined> {
  // A network's labels never change, and once it is destroyed nobody can be asked for them.
  const networks = await readOwnNetworks(connection);
  for await (const { type, action, actorId, attributes } of events) {
    if (type === "container") {
      if (isOwn(attributes)) yield { type, action, containerId: actorId, labels: attributes };
      continue;
    }
    const labels = networks.get(actorId) ?? (await readNetworkLabels(connection, actorId));
    if (action === "destroy") networks.delete(actorId);
    else networks.set(actorId, labels);
    if (isOwn(labels)) yield { type, action, containerId: attributes.container ?? null, labels };
  }
}

function isOwn(labels: Labels): boolean {
  return labels[labelKeys.cilo] === "true";
}

async function readOwnNetworks(connection: Connection): Promise<Map<string, Labels>> {
  const query = { filters: JSON.stringify({ label: [`${labelKeys.cilo}=true`] }) };
  const networks = parseNetworks(await getJson(connection, "/networks", { query }));
  return new Map(networks.map(({ id, labels }) => [id, labels]));
}

async function readNetworkLabels(connection: Connection, id: string): Promise<Labels> {
  const reply = await getJson(connection, `/networks/${encodeURIComponent(id)}`);
  return reply === null ? {} : parseNetwork(reply).labels;
}
