import { connectEngine } from "../controller/engine.ts";
import { describeReachability } from "../runtime/docker/reachability.ts";
import { type Check, ok } from "./check.ts";

/** The engine answers, is the one the environments live on, and its containers can be reached from here. */
export const engineCheck: Check = {
  name: "engine",
  async run(context) {
    const { runtime, facts } = await connectEngine(context, await context.store.read());
    await using _engine = runtime;
    const answering = ok(`Docker Engine ${facts.version} at ${facts.endpoint}`);
    const { routable, reason } = describeReachability(facts, context.platform);
    if (routable) return [answering];
    return [
      answering,
      { severity: "problem", message: reason ?? "container addresses cannot be reached", remedy: null },
    ];
  },
};
