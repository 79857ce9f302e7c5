import fc from "fast-check";

/** What a service says of the ones before it; numbers choose among them. */
export interface References {
  target: number;
  other: number;
  kind: string;
  dependsOn: "none" | "list" | "map" | "optional";
  links: "none" | "plain" | "alias";
  externalLink: "none" | "own" | "ownAlias" | "outside";
  volumesFrom: "none" | "service" | "readOnly" | "container" | "outside";
}

export const references: fc.Arbitrary<References> = fc.record({
  target: fc.nat(7),
  other: fc.nat(7),
  kind: fc.constantFrom("", "", "", "", "network", "network", "pid", "ipc", "both", "foreign"),
  dependsOn: fc.constantFrom("none", "none", "list", "map", "optional"),
  links: fc.constantFrom("none", "none", "plain", "alias"),
  externalLink: fc.constantFrom("none", "none", "own", "ownAlias", "outside"),
  volumesFrom: fc.constantFrom("none", "none", "service", "readOnly", "container", "outside"),
});

type Service = Record<string, unknown>;

/** Lets a service refer to some before it; to those alone that are on whenever it is. */
export function addReferences(service: Service, before: ReadonlyMap<string, Service>, chosen: References): void {
  const usable = [...before].filter(([, { profiles }]) => profiles === undefined);
  const [target, of] = usable[chosen.target % (usable.length || 1)] ?? [];
  const [other] = usable[chosen.other % (usable.length || 1)] ?? [];
  addForeign(service, chosen);
  if (target === undefined || of === undefined || other === undefined) return;
  const container = typeof of.container_name === "string" ? of.container_name : null;
  const namespace = container === null || chosen.other % 2 === 0 ? `service:${target}` : `container:${container}`;
  if (chosen.kind === "network" || chosen.kind === "both") service.network_mode = namespace;
  if (chosen.kind === "pid" || chosen.kind === "both") service.pid = namespace;
  if (chosen.kind === "ipc") service.ipc = namespace;
  if (chosen.links !== "none" && service.network_mode === undefined) {
    service.links = chosen.links === "plain" ? [target] : [`${target}:linked`, other];
  }
  if (chosen.externalLink.startsWith("own") && container !== null && service.network_mode === undefined) {
    service.external_links = [chosen.externalLink === "own" ? container : `${container}:outer`, "elsewhere:e"];
  }
  addDependencies(service, { target, other, form: chosen.dependsOn, of, before });
  if (chosen.volumesFrom === "service") service.volumes_from = [target];
  if (chosen.volumesFrom === "readOnly") service.volumes_from = [`${target}:ro`, other];
  if (chosen.volumesFrom === "container" && container !== null) service.volumes_from = [`container:${container}:ro`];
}

function addForeign(service: Service, chosen: References): void {
  const field = ["pid", "ipc", "network_mode"][chosen.other % 3] ?? "pid";
  if (chosen.kind === "foreign") service[field] = "container:elsewhere-1";
  if (chosen.externalLink === "outside" && service.network_mode === undefined) {
    service.external_links = ["elsewhere-1", "redis_1:redis"];
  }
  if (chosen.volumesFrom === "outside") service.volumes_from = ["container:elsewhere-2"];
}

interface Dependencies {
  target: string;
  other: string;
  form: References["dependsOn"];
  of: Service;
  before: ReadonlyMap<string, Service>;
}

function addDependencies(service: Service, { target, other, form, of, before }: Dependencies): void {
  const condition = of.healthcheck === undefined ? "service_completed_successfully" : "service_started";
  if (form === "list") service.depends_on = [...new Set([target, other])];
  if (form === "map") service.depends_on = { [target]: { condition, restart: true } };
  if (form === "optional") {
    // One that is off is allowed where it is not required.
    const profiled = [...before].find(([, { profiles }]) => profiles !== undefined)?.[0] ?? target;
    const started = { condition: "service_started", required: false };
    service.depends_on = { [profiled]: started, [target]: { condition, required: true } };
  }
}
