import { containerServices } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";

/** P1: no service publishes a port. */
export function findPublishedPorts({ merged }: Copy): string[] {
  return containerServices(merged)
    .filter(([, { ports }]) => (ports ?? []).length > 0)
    .map(([name, { ports }]) => `service ${name}: publishes ${JSON.stringify(ports)}`);
}
