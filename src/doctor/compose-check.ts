import { chooseEndpoint } from "../controller/engine.ts";
import { assertComposeVersion } from "../runtime/docker/compose-program.ts";
import { type Check, ok } from "./check.ts";

/** Docker Compose is there and new enough. */
export const composeCheck: Check = {
  name: "compose",
  async run(context) {
    const state = await context.store.read();
    await using runtime = context.openRuntime(await chooseEndpoint(context, state.hosts.local.engine));
    const version = await runtime.composeVersion();
    assertComposeVersion(version);
    return [ok(`Docker Compose ${version}`)];
  },
};
