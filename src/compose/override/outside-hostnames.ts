import { showHostname } from "../../model/custom-hostname.ts";
import type { Finding } from "../../model/finding.ts";
import { toAbsoluteHostname } from "../../model/host-names.ts";
import { findHostnameHazard } from "../../model/hostname-hazards.ts";
import { userLabelKeys } from "../../model/labels.ts";
import { splitHostnames } from "../hostnames.ts";
import type { Contribution, OverrideContext } from "./concern.ts";

/** Always local, whoever answers it: no name below it is anybody's (RFC 6761 section 6.2). */
const testSuffix = "test";

/** Tells which names asked for are not the environment's to give, and may be somebody's already or not work here. */
export function describeOutsideHostnames({ services, environment }: OverrideContext): Contribution {
  const suffixes = [environment.suffix, testSuffix];
  return {
    findings: services.flatMap(({ name, service }) => {
      const hostnames = splitHostnames(service.labels?.[userLabelKeys.hostnames] ?? "").names;
      const outside = hostnames
        .map((hostname) => toAbsoluteHostname(environment, hostname))
        .filter((hostname) => !suffixes.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`)));
      if (outside.length === 0) return [];
      const hazards = outside.flatMap((hostname) => {
        const hazard = findHostnameHazard(hostname);
        return hazard === null ? [] : [`${showHostname(hostname)} may not work: ${hazard}`];
      });
      const shown = outside.map(showHostname).join(", ");
      return [
        `${shown} is not under .${environment.suffix}: programs on this machine that resolve through cilo get the container instead of the real one`,
        ...hazards,
      ].map((text) => describeLabel(name, text));
    }),
  };
}

function describeLabel(service: string, text: string): Finding {
  return {
    rule: "outside-hostname",
    action: "kept",
    shared: false,
    level: "warning",
    path: ["services", service, "labels"],
    item: userLabelKeys.hostnames,
    statement: `label ${userLabelKeys.hostnames}: ${text}`,
    hint: null,
  };
}
