import { unescapeDollars } from "../model.ts";
import { type Contribution, isFixed, type OverrideContext } from "./concern.ts";
import { mapping, reset } from "./render.ts";

/** Takes away container names that every copy would want; the aliases keep them resolving inside. */
export function resetContainerNames({ services, reading }: OverrideContext): Contribution {
  const fixed = services.filter(({ name, service }) =>
    isFixed(service.container_name, reading.probe.services[name]?.container_name),
  );
  if (fixed.length === 0) return {};
  const list = fixed.map(({ name, service }) => {
    const container = unescapeDollars(service.container_name ?? "");
    return container === name ? name : `${name} (${JSON.stringify(container)})`;
  });
  return {
    services: new Map(fixed.map(({ name }) => [name, mapping({ container_name: reset() })])),
    warnings: [
      `container_name is removed, as only one container can have it; inside the environment the names still resolve, for "docker exec" use "cilo exec": ${list.join(", ")}`,
    ],
  };
}
