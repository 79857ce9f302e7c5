import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../model/finding.ts";
import { labelKeys } from "../../model/labels.ts";
import { leadsNextDoor, type Placed } from "../beside.ts";
import { bindsOf } from "../host-paths.ts";
import { type ComposeProject, type ComposeService, compareText, sortedServices, unescapeDollars } from "../model.ts";
import { writesToVolume } from "../override/volumes.ts";
import type { UserLayer } from "../user-layer.ts";
import type { Violation } from "./violation.ts";

/** The project with its override as cilo would run it, and with the user layer after that, as it is run. */
export interface LayeredProject {
  merged: ComposeProject;
  final: ComposeProject;
  networkName: string;
  layer: Pick<UserLayer, "externalVolumes">;
  /** Where the copy lies. */
  placed: Placed;
}

const ownLabels: readonly string[] = Object.values(labelKeys);

/** Finds what a copy cannot do without and the user layer takes away: what says whose everything is, and the way to each service. */
export function findBrokenRequirements(project: LayeredProject): Violation[] {
  const { merged, final } = project;
  const names = [...new Set([...Object.keys(merged.services), ...Object.keys(final.services)])].sort(compareText);
  return [
    ...names.flatMap((name) => checkService(`service ${name}`, merged.services[name], final.services[name])),
    ...sortedServices(final).flatMap(([name, service]) => checkBinds(`service ${name}`, service, project.placed)),
    ...checkNetworks(project),
    ...Object.entries(final.volumes).flatMap(([key, volume]) =>
      volume?.external ? [] : checkLabels(`volume ${key}`, "labels", [merged.volumes[key]?.labels, volume?.labels]),
    ),
  ];
}

function checkService(
  subject: string,
  merged: ComposeService | undefined,
  final: ComposeService | undefined,
): Violation[] {
  if (merged === undefined)
    return [{ subject, field: "(whole)", problem: "it has no network and no name of the copy" }];
  if (final === undefined) return [{ subject, field: "(whole)", problem: "it is gone" }];
  if (final.provider) return [];
  return [
    ...checkLabels(subject, "labels", [merged.labels, final.labels]),
    ...(final.build ? checkLabels(subject, "build.labels", [merged.build?.labels, final.build.labels]) : []),
    ...checkAttachments(subject, merged, final),
  ];
}

function checkBinds(subject: string, service: ComposeService, placed: Placed): Violation[] {
  return bindsOf(service).some(({ source }) => leadsNextDoor(placed, source))
    ? [{ subject, field: "volumes", problem: "it would mount what is beside the copy, where other copies are" }]
    : [];
}

type Labels = Readonly<Record<string, string | null>> | null | undefined;

function checkLabels(subject: string, field: string, [before, after]: [Labels, Labels]): Violation[] {
  const changed = ownLabels.filter((key) => (before?.[key] ?? null) !== (after?.[key] ?? null));
  return changed.length === 0
    ? []
    : [{ subject, field, problem: `cilo finds what is this environment's by ${changed.join(", ")}` }];
}

function checkAttachments(subject: string, merged: ComposeService, final: ComposeService): Violation[] {
  if ((merged.network_mode ?? null) !== (final.network_mode ?? null)) {
    return [{ subject, field: "network_mode", problem: "it would not be on the environment's network" }];
  }
  return Object.entries(merged.networks ?? {}).flatMap(([key, attachment]) => {
    const field = `networks.${key}`;
    const after = final.networks?.[key];
    if (after === undefined) return [{ subject, field, problem: "it would not be on the environment's network" }];
    return (attachment?.ipv4_address ?? null) === (after?.ipv4_address ?? null)
      ? []
      : [{ subject, field: `${field}.ipv4_address`, problem: "its names answer with the address given to it" }];
  });
}

function checkNetworks({ merged, final, networkName }: LayeredProject): Violation[] {
  return Object.entries(final.networks).flatMap(([key, network]): Violation[] => {
    const subject = `network ${key}`;
    const name = key === "default" ? networkName : merged.networks[key]?.name;
    if (name !== undefined && name !== null) {
      const isOurs = network?.external === true && network.name === name;
      return isOurs ? [] : [{ subject, field: "name", problem: "it is not the environment's network" }];
    }
    return network?.external
      ? []
      : [{ subject, field: "external", problem: "a further network must be an external one, which cilo leaves alone" }];
  });
}

/** Tells what the user layer takes back of what makes copies independent: that is the user's will, and to be known. */
export function describeTakenBack({ merged, final, layer }: LayeredProject): Finding[] {
  return [
    ...sortedServices(final).flatMap(([name, service]) => describeService(name, merged.services[name] ?? {}, service)),
    ...entriesOf(final.networks).flatMap(([key, network]): Finding[] =>
      merged.networks[key] || !network?.external
        ? []
        : [
            toFinding(
              ["networks", key],
              `joins the external network ${network.name ?? key}, so what is on it reaches this copy`,
            ),
          ],
    ),
    ...Object.keys(final.volumes)
      .sort(compareText)
      .flatMap((key) =>
        final.volumes[key]?.external
          ? layer.externalVolumes.includes(key)
            ? describeExternal(final, key)
            : []
          : describeName(key, merged.volumes[key], final.volumes[key]),
      ),
  ];
}

function describeService(name: string, merged: ComposeService, final: ComposeService): Finding[] {
  const findings: Finding[] = [];
  const add = (field: string, statement: string) => findings.push(toFinding(["services", name, field], statement));
  const published = (final.ports ?? []).map(publishedPort).filter((port) => port !== null);
  const only = "so only one copy at a time can run";
  if (published.length > 0) add("ports", `publishes ${published.join(", ")}, ${only}`);
  if (final.container_name && final.container_name !== merged.container_name) {
    add("container_name", `container_name is ${unescapeDollars(final.container_name)}, ${only}`);
  }
  const lastBuild = "so the copy that builds last decides for all";
  if (final.build && final.image && final.image !== merged.image) {
    add("image", `what is built is called ${unescapeDollars(final.image)}, ${lastBuild}`);
  }
  const tags = (final.build?.tags ?? []).filter((tag) => !merged.build?.tags?.includes(tag));
  if (tags.length > 0)
    add("build", `what is built is called ${tags.map(unescapeDollars).join(", ")} too, ${lastBuild}`);
  const undone = rewrittenFields.filter((field) => saysMore(final[field], merged[field]));
  for (const field of undone) {
    add(
      field,
      `${field} says again what cilo had put right: in it are addresses, containers or paths that are not the copy's`,
    );
  }
  if (merged.pull_policy === "never" && final.pull_policy !== "never") {
    add("pull_policy", `pull_policy is ${final.pull_policy}, for an image that is built here and that no registry has`);
  }
  return findings;
}

/** Whether a value has something that another has not; what is only there twice, as lists of several files are joined, is nothing more. */
function saysMore(value: unknown, than: unknown): boolean {
  if (Array.isArray(value) && Array.isArray(than)) {
    return value.some((item) => !than.some((other) => isDeepStrictEqual(item, other)));
  }
  if (isMapping(value) && isMapping(than)) {
    return Object.entries(value).some(([key, item]) => saysMore(item, than[key]));
  }
  return value !== undefined && value !== null && !isDeepStrictEqual(value, than);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What the layer says is in the merged project as well, put right for the copy. Coming last, it says it as it is written: there is no other way for the two to differ.
 */
const rewrittenFields = [
  "environment",
  "labels",
  "command",
  "entrypoint",
  "dns",
  "extra_hosts",
  "healthcheck",
  "volumes_from",
  "external_links",
  "pid",
  "ipc",
] as const;

/** "127.0.0.1:8080", or null where the engine chooses a free port. */
function publishedPort(port: NonNullable<ComposeService["ports"]>[number]): string | null {
  if (typeof port !== "object") return String(port).includes(":") ? String(port) : null;
  const { published, host_ip: host } = port;
  if (published === undefined || published === null || published === "" || /^0$|-/.test(String(published))) return null;
  return typeof host === "string" && host !== "" ? `${host}:${String(published)}` : String(published);
}

type Volume = ComposeProject["volumes"][string] | undefined;

function describeName(key: string, before: Volume, after: Volume): Finding[] {
  const name = after?.name ?? key;
  if (name === (before?.name ?? key)) return [];
  return [
    toFinding(["volumes", key, "name"], `is called ${unescapeDollars(name)}, so only one copy at a time can have it`),
  ];
}

function describeExternal({ services, volumes }: ComposeProject, key: string): Finding[] {
  const name = unescapeDollars(volumes[key]?.name ?? key);
  const isWritten = Object.values(services).some((service) => writesToVolume(service, key));
  return isWritten ? [toFinding(["volumes", key], `is the external volume ${name}, which every copy writes to`)] : [];
}

function toFinding(path: string[], statement: string): Finding {
  return { rule: "user-layer", action: "kept", shared: true, level: "warning", path, statement, hint: null };
}

function entriesOf<T>(section: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(section).sort(([a], [b]) => compareText(a, b));
}

/** Names that only one container or volume on an engine can have. */
export interface FixedNames {
  containers: string[];
  volumes: string[];
}

/** The names in a model that Compose would give, or take for the project's own where they are there already. */
export function fixedNamesOf({ services, volumes }: ComposeProject): FixedNames {
  const named = Object.values(services).flatMap(({ container_name: name }) => (name ? [unescapeDollars(name)] : []));
  const own = Object.entries(volumes).filter(([, volume]) => !volume?.external);
  return { containers: named, volumes: own.map(([key, volume]) => unescapeDollars(volume?.name ?? key)) };
}

/** The override's findings without those that no longer hold, because the user layer takes the same thing back. */
export function withoutTakenBack(findings: readonly Finding[], takenBack: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ path: [section, name, field] }) =>
      !takenBack.some(
        ({ path: [otherSection, otherName, otherField] }) =>
          section === otherSection && name === otherName && (section !== "services" || field === otherField),
      ),
  );
}
