import { findRangeProblem, findUpstreamProblem } from "../dns/option-problems.ts";
import { readSettings } from "../state/settings.ts";
import { type Check, found } from "./check.ts";

/** The DNS server can start with the user's settings; there is nothing to say where there are none. */
export const configCheck: Check = {
  name: "config",
  async run({ paths }) {
    const { dns } = await readSettings(paths.configFile, { findUpstreamProblem, findRangeProblem });
    const keys = Object.keys(dns);
    return keys.length === 0 ? [] : [found("ok", `${paths.configFile}: ${keys.join(", ")}`)];
  },
};
