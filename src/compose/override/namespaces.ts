import type { Finding } from "../../model/finding.ts";
import type { ComposeService } from "../model.ts";
import { containerNameOwners, parseNamespace } from "../network-mode.ts";
import type { Contribution, OverrideContext, RewriteContext } from "./concern.ts";
import { parseExternalLink } from "./external-links.ts";

/**
 * Points to the service what names a container of this project by its container_name: in a copy that name is another container's, or nobody's.
 * An external link to one is dropped; the service answers to the link's name as an alias.
 */
export function rewriteNamespaces({ reading }: RewriteContext, service: ComposeService): ComposeService {
  const owners = containerNameOwners(reading);
  const { pid, ipc, volumes_from: volumesFrom, external_links: links } = service;
  return {
    ...service,
    ...(pid ? { pid: toOwnNamespace(pid, owners) } : {}),
    ...(ipc ? { ipc: toOwnNamespace(ipc, owners) } : {}),
    ...(volumesFrom ? { volumes_from: volumesFrom.map((entry) => toOwnVolumes(entry, owners)) } : {}),
    ...(links ? { external_links: links.filter((link) => !owners.has(parseExternalLink(link).container)) } : {}),
  };
}

function toOwnNamespace(mode: string, owners: ReadonlyMap<string, string>): string {
  const namespace = parseNamespace(mode, owners);
  return namespace?.kind === "service" ? `service:${namespace.service}` : mode;
}

/** `container:name[:ro]` to `service[:ro]`. */
function toOwnVolumes(entry: string, owners: ReadonlyMap<string, string>): string {
  const [kind, container = "", ...mode] = entry.split(":");
  const owner = kind === "container" ? owners.get(container) : undefined;
  return owner === undefined ? entry : [owner, ...mode].join(":");
}

/** Tells which containers outside the project its services still depend on. */
export function describeForeignContainers(context: OverrideContext): Contribution {
  return {
    findings: context.services.flatMap(({ name, service }) => {
      const { pid, ipc, volumes_from: volumesFrom, external_links: links } = rewriteNamespaces(context, service);
      const fields: [string, string | null | undefined][] = [
        ["pid", pid],
        ["ipc", ipc],
        ...(volumesFrom ?? []).map((entry): [string, string] => ["volumes_from", entry]),
      ];
      return [
        ...fields.flatMap(([field, value]) =>
          value?.startsWith("container:") ? [foreignContainer(name, field, value)] : [],
        ),
        ...(links ?? []).map((link) => foreignLink(name, link)),
      ];
    }),
  };
}

function foreignContainer(service: string, field: string, value: string): Finding {
  return {
    rule: "foreign-container",
    action: "kept",
    shared: true,
    level: "warning",
    path: ["services", service, field],
    item: value,
    statement: `${value} is not a container of this project, so every copy shares it`,
    hint: null,
  };
}

function foreignLink(service: string, link: string): Finding {
  return {
    rule: "external-link",
    action: "kept",
    shared: false,
    level: "warning",
    path: ["services", service, "external_links"],
    item: link,
    statement: `external_links ${link} is not of this project and cannot be reached`,
    hint: null,
  };
}
