import { planResolverFiles } from "./plan-resolver-files.ts";
import { planService } from "./plan-service.ts";
import type { SetupOptions } from "./setup-options.ts";
import type { SetupStep } from "./setup-step.ts";

export type { SetupOptions } from "./setup-options.ts";
export type { SetupStep } from "./setup-step.ts";

/**
 * Plans what goes where so that this machine's programs find the names. The daemon comes first: a route to a server that does
 * not answer yet would be worse than none. The last step tells how to see that it works.
 */
export function planSetup(options: SetupOptions): SetupStep[] {
  return [planService(options), ...planResolverFiles(options), planCheck(options)];
}

/** Every suffix has a name server `ns` at 127.0.0.1, so this answers before there is any environment. */
function planCheck(options: SetupOptions): SetupStep {
  const ask = options.mechanism === "macos-resolver" ? "dscacheutil -q host -a name" : "getent ahosts";
  return {
    title: "Check: the system's own lookup has to print 127.0.0.1",
    file: null,
    commands: options.suffixes.map((suffix) => `${ask} ns.${suffix}`),
    undo: [],
  };
}
