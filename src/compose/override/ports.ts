import type { Contribution, OverrideContext } from "./concern.ts";
import { mapping, override } from "./render.ts";

/** Publishes nothing: two copies cannot have the same host port, and every container is reached by its own address. */
export function removePorts({ services }: OverrideContext): Contribution {
  // A plain empty list would be merged with the base's, which changes nothing.
  const published = services.filter(({ service }) => (service.ports ?? []).length > 0);
  return { services: new Map(published.map(({ name }) => [name, mapping({ ports: override([]) })])) };
}
