import type { Finding } from "../../model/finding.ts";
import { toPairs } from "../loose-values.ts";
import { unescapeDollars } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { OverrideContext } from "../override/concern.ts";
import { findHostAddresses } from "./host-addresses.ts";
import { type Endpoint, endpointsOf } from "./port-mappings.ts";

/** Drivers that keep the log on the machine, by container (https://docs.docker.com/engine/logging/configure/). */
const localDrivers = new Set(["", "json-file", "local", "journald", "none", "etwlogs"]);
/** Where fluentd is looked for when its address is not given (https://docs.docker.com/engine/logging/drivers/fluentd/). */
const fluentdDefault = "localhost:24224";

/**
 * Finds logs that the engine sends somewhere. It does so from the machine, not from the container: an address there that the project published is nobody's in a
 * copy, and some drivers then keep the container from starting.
 */
export function findLogDrivers(context: OverrideContext): Finding[] {
  const endpoints = endpointsOf(context);
  return context.services.flatMap(({ name, service }): Finding[] => {
    const given = fieldOf(service.logging, "driver");
    const driver = typeof given === "string" ? given : "";
    if (localDrivers.has(driver)) return [];
    const options = toPairs(fieldOf(service.logging, "options"));
    const [option, value] = options.find(([key]) => /-(address|url)$/.test(key)) ?? [null, ""];
    const address = value === "" && driver === "fluentd" ? fluentdDefault : unescapeDollars(value);
    const path = ["services", name, "logging", ...(option === null ? ["driver"] : ["options", option])];
    const common = { rule: "log-driver-address", action: "kept", shared: true, path } as const;
    const lost = findPublished(address, endpoints);
    if (lost === null) {
      const statement = `its log goes to where the driver ${driver} sends it, the same place for every copy`;
      return [{ ...common, level: "note", statement, hint: null }];
    }
    return [
      {
        ...common,
        level: "warning",
        statement: `the engine sends its log to ${lost.text}, where no copy publishes a port: the container may not start`,
        hint: `set ${option ?? `${driver}-address`} to ${lost.endpoint.address}, or leave logging out in a copy`,
      },
    ];
  });
}

function findPublished(address: string, endpoints: readonly Endpoint[]): { text: string; endpoint: Endpoint } | null {
  const found = findHostAddresses(address).flatMap(({ text, port }) => {
    const endpoint = endpoints.find(({ published }) => published === port);
    return endpoint === undefined ? [] : [{ text, endpoint }];
  });
  return found[0] ?? null;
}
