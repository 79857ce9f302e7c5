import type { Finding } from "../../model/finding.ts";
import { unescapeDollars } from "../model.ts";
import { type Contribution, isFixed, type OverrideContext } from "./concern.ts";
import { mapping, reset } from "./render.ts";

/** Takes away container names that every copy would want; the aliases keep them resolving inside. */
export function resetContainerNames({ services, reading }: OverrideContext): Contribution {
  const fixed = services.filter(({ name, service }) =>
    isFixed(service.container_name, reading.probe.services[name]?.container_name),
  );
  return {
    services: new Map(fixed.map(({ name }) => [name, mapping({ container_name: reset() })])),
    findings: fixed.map(
      ({ name, service }): Finding => ({
        rule: "container-name",
        action: "rewritten",
        shared: false,
        level: "warning",
        path: ["services", name, "container_name"],
        detail: unescapeDollars(service.container_name ?? ""),
        statement:
          "container_name is removed, as only one container can have it; inside the copy the name still resolves",
        hint: 'use "cilo exec" where you used "docker exec"',
      }),
    ),
  };
}
