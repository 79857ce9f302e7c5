import { chooseEndpoint } from "../controller/engine.ts";
import { type Check, found } from "./check.ts";

/** Docker Compose is there and new enough. */
export const composeCheck: Check = {
  name: "compose",
  async run(context, state) {
    await using runtime = context.openRuntime(await chooseEndpoint(context, state?.hosts.local.engine ?? null));
    return [found("ok", `Docker Compose ${await runtime.composeVersion()}`)];
  },
};
