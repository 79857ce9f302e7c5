import { isDeepStrictEqual } from "node:util";
import { CiloError } from "../../base/errors.ts";
import { labelKeys } from "../../model/labels.ts";
import { toEntries } from "../loose-values.ts";
import { type ComposeProject, type ComposeService, compareText } from "../model.ts";
import type { RewriteContext } from "../override/concern.ts";
import { hostGateway, namesHost } from "../override/network-modes.ts";
import { rewriteService } from "../override/rewritten-values.ts";
import type { MergedProject, Violation } from "./violation.ts";

/** Fields that differ between a project and its copy by design; what they may hold is checked elsewhere. */
const ownFields = ["ports", "container_name", "networks", "network_mode", "image", "pull_policy", "mac_address"];
const ownVolumeFields = ["name", "external"];
const ownSections = ["name", "services", "networks", "volumes"];

/**
 * Finds what the merged model has or lacks that the project itself has not or has.
 * @throws CILO_COMPOSE_INVALID when a field is nested too deeply to be compared.
 */
export function findChangedValues(facts: MergedProject): Violation[] {
  const { merged, reading } = facts;
  const context = toRewriteContext(facts);
  const names = keysOfBoth(reading.base.services, merged.services);
  const isShared = (name: string) => reading.options.sharedServices.includes(name);
  return [
    ...names.flatMap((name) => (isShared(name) ? [] : compareService(context, name, merged.services[name]))),
    ...compareVolumes(reading.base, withUnusedVolumes(merged, facts)),
    ...compareFields("the project", withUsedFiles(reading, merged), merged, ownSections),
  ];
}

/** Addresses are read back from the merged model, so that the values that hold one are compared with what they must hold. */
function toRewriteContext({ merged, reading, networkNames }: MergedProject): RewriteContext {
  const fixedAddresses = Object.entries(merged.services).map(([name, { networks }]): [string, Map<string, string>] => {
    const fixed = Object.entries(networks ?? {}).flatMap(([key, attachment]): [string, string][] =>
      attachment?.ipv4_address ? [[key, attachment.ipv4_address]] : [],
    );
    return [name, new Map(fixed)];
  });
  return { reading, networkNames, fixedAddresses: new Map(fixedAddresses) };
}

function compareService(context: RewriteContext, name: string, merged: ComposeService | undefined): Violation[] {
  const subject = `service ${name}`;
  const { services } = context.reading.base;
  const base = Object.hasOwn(services, name) ? services[name] : undefined;
  if (base === undefined) return [{ subject, field: "(whole)", problem: "it is not in the project" }];
  if (merged === undefined) return [{ subject, field: "(whole)", problem: "it is gone" }];
  // A provider is no container: nothing of it is rewritten.
  const isConverted = base.network_mode === "host" && context.reading.options.hostNetwork === "convert";
  const rewritten = base.provider ? base : rewriteService(context, base);
  const [expected, found] = isConverted ? [withHostGateway(rewritten), withHostList(merged)] : [rewritten, merged];
  return compareFields(
    subject,
    toComparable(expected, base),
    toComparable(found, base),
    base.provider ? [] : ownFields,
  );
}

/** What a service has that leaves the host's network: a name for the host. */
function withHostGateway(service: ComposeService): ComposeService {
  const listed = withHostList(service);
  if (namesHost(service)) return listed;
  return withHostList({ ...listed, extra_hosts: [...(listed.extra_hosts as string[]), hostGateway] });
}

/** `extra_hosts` in one of the forms in which Compose prints it, and in a fixed order. */
function withHostList(service: ComposeService): ComposeService {
  const hosts: unknown = service.extra_hosts ?? [];
  const list = Array.isArray(hosts)
    ? hosts.map((entry) => String(entry).replace(":", "="))
    : Object.entries(hosts as object).flatMap(([name, address]) =>
        [address].flat().map((one) => `${name}=${String(one)}`),
      );
  return { ...service, extra_hosts: list.sort() };
}

/** Takes out the labels and tags that are ours, and dependencies Compose derives from a namespace or volumes_from that was rewritten. */
function toComparable(service: ComposeService, base: ComposeService): Record<string, unknown> {
  const { labels, build, depends_on: dependsOn, ...rest } = service;
  const { labels: buildLabels, tags: _, ...restOfBuild } = build ?? {};
  return {
    ...rest,
    labels: withoutKeys(labels, Object.values(labelKeys)),
    build: build ? { ...restOfBuild, labels: withoutKeys(buildLabels, Object.values(labelKeys)) } : null,
    depends_on: Array.isArray(dependsOn) ? dependsOn : withoutDerived(dependsOn, base),
  };
}

function withoutDerived(dependsOn: ComposeService["depends_on"], base: ComposeService): Record<string, unknown> {
  const given = base.depends_on ?? {};
  const refersToContainer = [base.network_mode, base.pid, base.ipc, ...(base.volumes_from ?? [])].some((value) =>
    value?.startsWith("container:"),
  );
  const entries = Object.entries(dependsOn ?? {});
  if (!refersToContainer) return Object.fromEntries(entries);
  return Object.fromEntries(
    entries
      .filter(([name]) => Object.hasOwn(given, name))
      .map(([name, dependency]) => [name, withoutRestart(dependency)]),
  );
}

/** Compose derives dependencies of namespaces with `restart` and those of volumes_from without; one service may be both. */
function withoutRestart(dependency: unknown): unknown {
  if (typeof dependency !== "object" || dependency === null) return dependency;
  const { restart: _, ...rest } = dependency as { restart?: unknown };
  return rest;
}

/** Every field but those left out; absent, null and empty are one. Values are not shown: they may be secrets. */
function compareFields(
  subject: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  leaveOut: readonly string[],
): Violation[] {
  return keysOfBoth(before, after)
    .filter(
      (field) =>
        !leaveOut.includes(field) && !isSame(`${subject}: ${field}`, orNull(before[field]), orNull(after[field])),
    )
    .map((field) => ({ subject, field, problem: "it is not what the project says" }));
}

function isSame(what: string, before: unknown, after: unknown): boolean {
  try {
    return isDeepStrictEqual(before, after);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CiloError(
      "CILO_COMPOSE_INVALID",
      `cannot compare the project with its copy: ${what} is nested too deeply`,
      {
        hint: `take ${what} apart, or out of the project`,
        cause: error,
      },
    );
  }
}

function orNull(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.keys(value).length === 0 ? null : value;
}

/** Compose leaves out of a model the secrets and configs that nothing uses: with a shared service go those that only its build had. */
function withUsedFiles({ base, options }: MergedProject["reading"], merged: ComposeProject): ComposeProject {
  if (options.sharedServices.length === 0) return base;
  const used = (section: "secrets" | "configs") =>
    Object.fromEntries(toEntries(base[section]).filter(([key]) => Object.hasOwn(Object(merged[section]), key)));
  return { ...base, secrets: used("secrets"), configs: used("configs") };
}

/** Compose leaves out of a model what nothing mounts: here the volumes that only shared services had. */
function withUnusedVolumes(merged: ComposeProject, { reading }: MergedProject): ComposeProject {
  if (reading.options.sharedServices.length === 0) return merged;
  const users = Object.entries(reading.base.services).filter(
    ([name]) => !reading.options.sharedServices.includes(name),
  );
  const isMounted = (key: string) =>
    users.some(([, { volumes }]) => (volumes ?? []).some((mount) => typeof mount === "object" && mount.source === key));
  const unused = Object.entries(reading.base.volumes).filter(([key]) => !isMounted(key));
  return { ...merged, volumes: { ...Object.fromEntries(unused), ...merged.volumes } };
}

function compareVolumes(base: ComposeProject, merged: ComposeProject): Violation[] {
  return keysOfBoth(base.volumes, merged.volumes).flatMap((key) => {
    const [before, after] = [base.volumes[key], merged.volumes[key]].map((volume) => ({
      ...volume,
      labels: withoutKeys(volume?.labels, Object.values(labelKeys)),
    }));
    return compareFields(`volume ${key}`, before ?? {}, after ?? {}, ownVolumeFields);
  });
}

function withoutKeys(
  values: Readonly<Record<string, string | null>> | null | undefined,
  keys: readonly string[],
): Record<string, string | null> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => !keys.includes(key)));
}

function keysOfBoth(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareText);
}
