import { connectEngine } from "../controller/engine.ts";
import { emptyState } from "../model/state.ts";
import { type Check, found } from "./check.ts";

/** The engine answers, is the one the environments live on, and its containers can be reached from here. */
export const engineCheck: Check = {
  name: "engine",
  async run(context, state) {
    const { runtime, facts } = await connectEngine(context, state ?? emptyState("unknown"));
    await using _engine = runtime;
    const answering = found("ok", `Docker Engine ${facts.version} at ${facts.endpoint}`);
    return facts.unreachableBecause === null ? [answering] : [answering, found("problem", facts.unreachableBecause)];
  },
};
