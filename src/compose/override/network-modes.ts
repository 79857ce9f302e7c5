import type { Finding } from "../../model/finding.ts";
import type { ComposeService } from "../model.ts";
import type { NetworkMode } from "../network-mode.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { mapping, reset, type YamlMapping } from "./render.ts";

/** Modes that mean a network of the engine's own, which gives no names and joins all copies. */
const engineModes = new Set(["bridge", "default"]);

/** The name by which a container that is no longer in the host's network finds the host, as `extra_hosts` has it. */
export const hostGateway = "host.docker.internal=host-gateway";

/**
 * Keeps `none`, `host` and `service:x`, points `container:<container_name of this project>` to its service, and takes away every other mode,
 * for which the environment's network then stands in; `host` too where the project chose so.
 */
export function rewriteNetworkModes({ services }: OverrideContext): Contribution {
  const entries: [string, YamlMapping][] = [];
  const findings: Finding[] = [];
  for (const { name, service, mode } of services) {
    const given = service.network_mode ?? "";
    if (given === "") continue;
    const written = rewrittenMode(given, mode, service);
    if (written !== null) entries.push([name, written]);
    const told = describeMode(given, mode);
    if (told !== null) findings.push({ rule: "network-mode", path: ["services", name, "network_mode"], ...told });
  }
  return { services: new Map(entries), findings };
}

function rewrittenMode(given: string, mode: NetworkMode, service: ComposeService): YamlMapping | null {
  if (mode.kind === "service") {
    return given === `service:${mode.service}` ? null : mapping({ network_mode: `service:${mode.service}` });
  }
  if (mode.kind !== "environment") return null;
  if (given !== "host") return mapping({ network_mode: reset() });
  return mapping({ network_mode: reset(), ...(namesHost(service) ? {} : { extra_hosts: [hostGateway] }) });
}

/** Tells whether a service says itself what `host.docker.internal` is. */
export function namesHost(service: ComposeService): boolean {
  return JSON.stringify(service.extra_hosts ?? null).includes("host.docker.internal");
}

function describeMode(given: string, mode: NetworkMode): Omit<Finding, "rule" | "path"> | null {
  if (mode.kind === "host") {
    return {
      action: "kept",
      shared: true,
      level: "warning",
      statement: "network_mode host is kept, so every copy shares the host's ports and has no name of its own",
      hint: "set host_network: convert in .cilo/config.yml to put it on the copy's own network",
    };
  }
  if (mode.kind === "container") {
    return {
      action: "kept",
      shared: true,
      level: "warning",
      statement: `network_mode ${given} is kept, so every copy shares that container's network`,
      hint: "make that container a service of the project",
    };
  }
  if (mode.kind !== "environment" || engineModes.has(given)) return null;
  const host =
    "network_mode host is replaced by the environment's network; it reaches the host as host.docker.internal";
  return {
    action: "rewritten",
    shared: false,
    level: "warning",
    statement: given === "host" ? host : `network_mode ${given} is replaced by the environment's network`,
    hint: null,
  };
}
