import { connectEngine } from "../controller/engine.ts";
import type { Check } from "./check.ts";
import { found } from "./check.ts";
import { findLeftovers } from "./find-leftovers.ts";
import { reportLeftovers } from "./report-leftovers.ts";

/** Nothing is on the engine that cilo made and no environment accounts for. It names the rest with the commands that remove it, and removes nothing. */
export const leftoversCheck: Check = {
  name: "leftovers",
  async run(context, state) {
    if (state === null)
      return [found("info", "not looked for: without state nothing on the engine can be told from a leftover")];
    const { runtime } = await connectEngine(context, state);
    await using engine = runtime;
    // All of them, because what the Go program made has no label in common.
    const [containers, networks, volumes] = await Promise.all([
      engine.listContainers({}),
      engine.listNetworks({}),
      engine.listVolumes({}),
    ]);
    // Read after the engine was asked: an environment is in state before anything of it is on the engine.
    const leftovers = findLeftovers(await context.store.read(), { containers, networks, volumes });
    if (leftovers.length === 0)
      return [found("ok", "everything on the engine that cilo made belongs to an environment")];
    const { endpoint } = await context.resolveEndpoint();
    return reportLeftovers(leftovers, engine.endpoint === endpoint ? "docker" : `docker --host ${engine.endpoint}`);
  },
};
