import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ControllerContext, ControllerEvent } from "../../src/controller/context.ts";
import { watchContext } from "../../src/doctor/watched-context.ts";

describe("a watched context", () => {
  test("lets go of every engine that was opened, and knows where the last was looked for", async () => {
    const closed: string[] = [];
    const openRuntime = (endpoint: string) => ({
      endpoint,
      async [Symbol.asyncDispose]() {
        closed.push(endpoint);
      },
    });
    const watched = watchContext({ openRuntime } as unknown as ControllerContext);
    const before = watched.lastEndpoint();

    watched.context.openRuntime("unix:///a");
    watched.context.openRuntime("unix:///b");
    await watched[Symbol.asyncDispose]();

    assert.deepEqual([before, watched.lastEndpoint()], [null, "unix:///b"]);
    assert.deepEqual(closed, ["unix:///a", "unix:///b"]);
  });

  test("says each thing once, and nothing once it is over", async () => {
    const said: ControllerEvent[] = [];
    const watched = watchContext({
      emit: (event: ControllerEvent) => said.push(event),
    } as unknown as ControllerContext);
    const waiting: ControllerEvent = { type: "info", text: "waiting for the engine" };

    watched.context.emit(waiting);
    watched.context.emit(waiting);
    await watched[Symbol.asyncDispose]();
    watched.context.emit({ type: "info", text: "still waiting" });

    assert.deepEqual(said, [waiting]);
  });
});
