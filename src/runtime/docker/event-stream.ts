import { StringDecoder } from "node:string_decoder";
import * as v from "valibot";

/** An event is a few labels long; what is longer than this without a line end is no event stream. */
const maxLineLength = 1024 * 1024;

/** One entry of the event stream: what happened to which object. */
export interface ActorEvent {
  type: "container" | "network";
  action: string;
  actorId: string;
  /** A container's labels with a few things of the engine's own among them (name, image, exitCode); a network's labels are not there. */
  attributes: Record<string, string>;
}

const eventSchema = v.object({
  Type: v.picklist(["container", "network"]),
  Action: v.string(),
  Actor: v.object({
    ID: v.string(),
    Attributes: v.optional(v.nullable(v.record(v.string(), v.string())), null),
  }),
});

/**
 * Turns the engine's event stream, one JSON object a line, into events, as they come. Lines that are no event of a container or network
 * are passed over.
 * @throws what reading `chunks` throws, and RangeError for a line beyond any event's size.
 */
export async function* readEvents(chunks: AsyncIterable<Buffer>): AsyncGenerator<ActorEvent, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLineLength) throw new RangeError(`an event is longer than ${maxLineLength} characters`);
    for (const line of lines) {
      const event = parseEvent(line);
      if (event !== null) yield event;
    }
  }
}

function parseEvent(line: string): ActorEvent | null {
  const result = v.safeParse(eventSchema, parseJson(line));
  if (!result.success) return null;
  const { Type, Action, Actor } = result.output;
  return { type: Type, action: Action, actorId: Actor.ID, attributes: Actor.Attributes ?? {} };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
