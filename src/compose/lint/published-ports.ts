import type { Finding } from "../../model/finding.ts";
import type { OverrideContext } from "../override/concern.ts";
import { type Endpoint, endpointsOf } from "./port-mappings.ts";

/** More than these are counted, as a range can be of thousands. */
const maxShown = 4;

/** Tells where services answer whose ports are not published in a copy. */
export function findPublishedPorts(context: OverrideContext): Finding[] {
  const endpoints = Map.groupBy(endpointsOf(context), ({ service }) => service);
  return context.services.flatMap(({ name }): Finding[] => {
    const own = endpoints.get(name) ?? [];
    if (own.length === 0) return [];
    const shown = own.slice(0, maxShown).map(describe).join(", ");
    const rest = own.length > maxShown ? ` and ${own.length - maxShown} more` : "";
    return [
      {
        rule: "published-ports",
        action: "rewritten",
        shared: false,
        level: "note",
        path: ["services", name, "ports"],
        detail: `${shown}${rest}`,
        statement: "ports are not published on this machine, names lead to them",
        hint: null,
      },
    ];
  });
}

function describe({ published, address, protocol }: Endpoint): string {
  const place = protocol === "tcp" ? address : `${address}/${protocol}`;
  return published === null ? place : `${place} for :${published}`;
}
