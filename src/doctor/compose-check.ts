import { chooseEndpoint } from "../controller/engine.ts";
import { type Check, found } from "./check.ts";
import { ifKnown } from "./if-known.ts";

/** They take some YAML aliases for a circle, and refuse the project (docker/compose#12247). */
const versionsRefusingAliases = /^2\.30\.[0-2]$/;

/** Docker Compose is there, new enough, and no version that refuses what is right. */
export const composeCheck: Check = {
  name: "compose",
  async run(survey) {
    const { context, state } = survey;
    // Compose is the same whatever state says.
    const engine = (await ifKnown(state()))?.hosts.local.engine ?? null;
    const runtime = context.openRuntime(await chooseEndpoint(context, engine));
    const version = await runtime.composeVersion();
    if (!versionsRefusingAliases.test(version)) return [found("ok", `Docker Compose ${version}`)];
    return [
      found("warning", `Docker Compose ${version} refuses some projects with YAML aliases: "cycle detected"`, {
        hint: "update it to 2.30.3 or newer",
      }),
    ];
  },
};
