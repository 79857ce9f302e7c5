import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type ActorEvent, readEvents } from "../../../src/runtime/docker/event-stream.ts";

const start = {
  status: "start",
  id: "c1",
  from: "busybox",
  Type: "container",
  Action: "start",
  Actor: { ID: "c1", Attributes: { cilo: "true", image: "busybox", name: "wéb" } },
  scope: "local",
  time: 1795175911,
};
const connect = {
  Type: "network",
  Action: "connect",
  Actor: { ID: "n1", Attributes: { container: "c1", name: "net" } },
};

const expected: ActorEvent[] = [
  { type: "container", action: "start", actorId: "c1", attributes: { cilo: "true", image: "busybox", name: "wéb" } },
  { type: "network", action: "connect", actorId: "n1", attributes: { container: "c1", name: "net" } },
];

async function* chunksOf(...chunks: (string | Buffer)[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<ActorEvent[]> {
  const events: ActorEvent[] = [];
  for await (const event of readEvents(chunks)) events.push(event);
  return events;
}

describe("readEvents", () => {
  test("reads one event a line", async () => {
    const text = `${JSON.stringify(start)}\n${JSON.stringify(connect)}\n`;

    assert.deepEqual(await collect(chunksOf(text)), expected);
  });

  test("reads the same events however the bytes are cut", async () => {
    const bytes = Buffer.from(`${JSON.stringify(start)}\n${JSON.stringify(connect)}\n`);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const edges = [0, ...positions.sort((a, b) => a - b), bytes.length];
        const parts = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));

        assert.deepEqual(await collect(chunksOf(...parts)), expected);
      }),
    );
  });

  test("passes over lines that are no event of a container or network", async () => {
    const lines = [
      "",
      "garbage",
      "null",
      "[]",
      '{"Type":"volume","Action":"create","Actor":{"ID":"v"}}',
      '{"Type":"container","Action":"start"}',
      '{"Type":"container","Action":7,"Actor":{"ID":"c"}}',
      JSON.stringify(connect),
    ];

    assert.deepEqual(await collect(chunksOf(`${lines.join("\n")}\n`)), [expected[1]]);
  });

  test("takes an event without attributes", async () => {
    const line = '{"Type":"network","Action":"destroy","Actor":{"ID":"n1","Attributes":null}}\n';

    assert.deepEqual(await collect(chunksOf(line)), [
      { type: "network", action: "destroy", actorId: "n1", attributes: {} },
    ]);
  });

  test("leaves out a last line without an end: the engine died while it wrote it", async () => {
    assert.deepEqual(await collect(chunksOf(`${JSON.stringify(connect)}\n{"Type":"cont`)), [expected[1]]);
  });

  test("gives up on a line that never ends", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(256 * 1024, "x");
    }

    await assert.rejects(collect(endless()), RangeError);
  });
});
