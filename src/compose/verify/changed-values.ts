import { isDeepStrictEqual } from "node:util";
import { labelKeys } from "../../model/labels.ts";
import { type ComposeProject, type ComposeService, compareText } from "../model.ts";
import { networkModesOf } from "../network-mode.ts";
import type { RewriteContext } from "../override/concern.ts";
import { rewriteService } from "../override/rewritten-values.ts";
import type { MergedProject, Violation } from "./violation.ts";

/** Fields that differ between a project and its copy by design; what they may hold is checked elsewhere. */
const ownFields = ["ports", "container_name", "networks", "network_mode", "image", "pull_policy", "mac_address"];
const ownVolumeFields = ["name", "external"];
const ownSections = ["name", "services", "networks", "volumes"];

/** Finds what the merged model has or lacks that the project itself has not or has. */
export function findChangedValues(facts: MergedProject): Violation[] {
  const { merged, reading } = facts;
  const context = toRewriteContext(facts);
  const names = keysOfBoth(reading.base.services, merged.services);
  return [
    ...names.flatMap((name) => compareService(context, name, merged.services[name])),
    ...compareVolumes(reading.base, merged),
    ...compareFields("the project", reading.base, merged, ownSections),
  ];
}

/** Addresses are read back from the merged model, so that the values that hold one are compared with what they must hold. */
function toRewriteContext({ merged, reading, networkName }: MergedProject): RewriteContext {
  const addresses = Object.entries(merged.services).map(([name, { networks }]): [string, string | null] => [
    name,
    networks?.default?.ipv4_address ?? null,
  ]);
  return { reading, networkName, addresses: Object.fromEntries(addresses), modes: networkModesOf(reading) };
}

function compareService(context: RewriteContext, name: string, merged: ComposeService | undefined): Violation[] {
  const subject = `service ${name}`;
  const { services } = context.reading.base;
  const base = Object.hasOwn(services, name) ? services[name] : undefined;
  if (base === undefined) return [{ subject, field: "(whole)", problem: "it is not in the project" }];
  if (merged === undefined) return [{ subject, field: "(whole)", problem: "it is gone" }];
  // A provider is no container: nothing of it is rewritten.
  const expected = base.provider ? base : rewriteService(context, base);
  return compareFields(
    subject,
    toComparable(expected, base),
    toComparable(merged, base),
    base.provider ? [] : ownFields,
  );
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
  return Object.fromEntries(refersToContainer ? entries.filter(([name]) => Object.hasOwn(given, name)) : entries);
}

/** Every field but those left out; absent, null and empty are one. Values are not shown: they may be secrets. */
function compareFields(
  subject: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  leaveOut: readonly string[],
): Violation[] {
  return keysOfBoth(before, after)
    .filter((field) => !leaveOut.includes(field) && !isDeepStrictEqual(orNull(before[field]), orNull(after[field])))
    .map((field) => ({ subject, field, problem: "it is not what the project says" }));
}

function orNull(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.keys(value).length === 0 ? null : value;
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
