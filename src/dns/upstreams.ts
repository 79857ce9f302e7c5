import { isLocalAddress, toCanonicalAddress } from "./upstreams/address.ts";
import { chooseTable } from "./upstreams/choose-table.ts";
import type { ChosenUpstream } from "./upstreams/chosen-upstreams.ts";
import { findExclusion, findLoop } from "./upstreams/exclusions.ts";
import type { ProbeVerdict } from "./upstreams/loop-probe.ts";
import { toInterfaceScope } from "./upstreams/scope.ts";
import { sourcesOf } from "./upstreams/sources.ts";
import type { UpstreamEnvironment } from "./upstreams/system-environment.ts";
import { formatUpstream, type LeftOutServer, type ServerGroup, type Upstream } from "./upstreams/upstream.ts";
import type { UpstreamTable } from "./upstreams/upstream-table.ts";
import type { NameKey } from "./wire/name.ts";

export { listRoutes } from "./upstreams/choose-table.ts";
export { type ChosenUpstream, parseChosenUpstream } from "./upstreams/chosen-upstreams.ts";
export { loopReason } from "./upstreams/exclusions.ts";
export { createLoopProber, type LoopProber } from "./upstreams/loop-probe.ts";
export { type WatchedPath, watchedPathsOf } from "./upstreams/sources.ts";
export { createUpstreamEnvironment, type UpstreamEnvironment } from "./upstreams/system-environment.ts";
export { formatUpstream, type LeftOutServer, type Upstream } from "./upstreams/upstream.ts";
export { noUpstreams, type UpstreamTable } from "./upstreams/upstream-table.ts";

/** What one look at the machine found. */
export interface DetectedUpstreams {
  table: UpstreamTable;
  /** Where the servers are from: a path or a program; "none" when nothing was found. */
  source: string;
  /** Every server that was seen and not taken. */
  leftOut: LeftOutServer[];
  /** Sources that were asked before that one and gave nothing to read. */
  unread: string[];
}

export interface DetectionOptions {
  /** Where cilo listens; servers that are cilo itself are left out. */
  own: readonly Upstream[];
  /** Finds out whether a server of this machine asks cilo in turn; by default nothing is known of any. */
  probe?: (server: Upstream) => Promise<ProbeVerdict>;
}

/**
 * Finds the servers the machine itself uses, and the domains for which it uses others. There is no public fall-back:
 * where nothing is found, the table is empty and the report says what was left out.
 */
export async function detectUpstreams(
  environment: UpstreamEnvironment,
  options: DetectionOptions,
): Promise<DetectedUpstreams> {
  const asked = runOnce(environment);
  const once = probeOnce(options);
  const found: DetectedUpstreams = {
    table: { servers: [], routes: new Map() },
    source: "none",
    leftOut: [],
    unread: [],
  };
  for (const source of sourcesOf(environment.platform)) {
    const groups = await source.read(asked);
    if (groups === null) {
      found.unread.push(source.name);
      continue;
    }
    const judging = { ...once, environment: asked, isChosen: false, omitsPorts: source.omitsPorts === true };
    const judged = await judgeGroups(groups, judging);
    const { table, leftOut } = chooseTable(judged.groups);
    found.leftOut.push(...judged.leftOut, ...leftOut);
    // A source may know only of a VPN's domains, and a vaguer one of the servers for all other names.
    const routes = found.table.routes.size > 0 ? found.table.routes : table.routes;
    found.table = { servers: table.servers, routes };
    if (table.servers.length > 0) return { ...found, source: source.name, leftOut: distinct(found.leftOut) };
  }
  return { ...found, leftOut: distinct(found.leftOut) };
}

/**
 * The table of servers that a person chose, and where they chose none for every name, of the machine's own for the
 * rest. A domain of which no chosen server is left has none: its names are not for the others.
 * @param chosen.source where the choice is from, as it is shown.
 */
export async function applyChosen(
  environment: UpstreamEnvironment,
  chosen: { upstreams: readonly ChosenUpstream[]; source: string },
  options: DetectionOptions,
): Promise<DetectedUpstreams> {
  const once = probeOnce(options);
  const isForAll = chosen.upstreams.some(({ domain }) => domain === null);
  const system = isForAll ? null : await detectUpstreams(environment, once);
  const groups = chosen.upstreams.map(({ domain, server }): ServerGroup => {
    if (domain === null) return { servers: [server], domains: [], takes: "others" };
    return { servers: [server], domains: [domain], takes: "none" };
  });
  const judged = await judgeGroups(groups, { ...once, environment, isChosen: true, omitsPorts: false });
  const { table } = chooseTable(judged.groups);
  return {
    table: {
      servers: system?.table.servers ?? table.servers,
      routes: new Map([...(system?.table.routes ?? []), ...unservedRoutes(judged.groups), ...table.routes]),
    },
    source: [chosen.source, ...(system ? [system.source] : [])].join(", "),
    leftOut: distinct([...judged.leftOut, ...(system?.leftOut ?? [])]),
    unread: system?.unread ?? [],
  };
}

/** The domains of which no server is left, each with none. */
function unservedRoutes(groups: readonly ServerGroup[]): [NameKey, Upstream[]][] {
  const served = new Set(groups.filter(({ servers }) => servers.length > 0).flatMap(({ domains }) => domains));
  return groups.flatMap(({ domains }) => domains.filter((domain) => !served.has(domain)).map((domain) => [domain, []]));
}

interface Judging extends DetectionOptions {
  environment: UpstreamEnvironment;
  omitsPorts: boolean;
  isChosen: boolean;
}

type Judgement = { kind: "usable"; server: Upstream } | ({ kind: "left-out" } & LeftOutServer);

async function judgeGroups(
  groups: readonly ServerGroup[],
  judging: Judging,
): Promise<{ groups: ServerGroup[]; leftOut: LeftOutServer[] }> {
  const leftOut: LeftOutServer[] = [];
  const judged = await Promise.all(
    groups.map(async (group) => ({
      group,
      judgements: await Promise.all(group.servers.map((server) => judgeServer(server, judging))),
    })),
  );
  const kept = judged.map(({ group, judgements }) => {
    const servers: Upstream[] = [];
    for (const judgement of judgements) {
      if (judgement.kind === "usable") servers.push(judgement.server);
      else leftOut.push({ server: judgement.server, reason: judgement.reason });
    }
    return { ...group, servers };
  });
  return { groups: kept, leftOut };
}

async function judgeServer(listed: Upstream, judging: Judging): Promise<Judgement> {
  const { environment, own, omitsPorts, isChosen, probe } = judging;
  const address = toCanonicalAddress(listed.address);
  const leaveOut = (reason: string, server = listed): Judgement => ({
    kind: "left-out",
    server: formatUpstream(server),
    reason,
  });
  if (address === null) return leaveOut("it is not an IP address");
  if (!isPort(listed.port)) return leaveOut("it has no valid port");
  const server = await toInterfaceScope({ ...listed, address }, environment);
  const interfaces = environment.interfaces();
  const exclusion = findExclusion({ server, own, omitsPorts, interfaces });
  if (exclusion !== null) return leaveOut(exclusion, server);
  if (!isLocalAddress(address, interfaces)) return { kind: "usable", server };
  const loop = findLoop(server, (await probe?.(server)) ?? "silent", isChosen);
  return loop === null ? { kind: "usable", server } : leaveOut(loop, server);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** One look runs a program once, however many sources read its output. */
function runOnce(environment: UpstreamEnvironment): UpstreamEnvironment {
  const outputs = new Map<string, Promise<string | null>>();
  const run = (file: string, args: readonly string[]) =>
    onceFor(outputs, [file, ...args].join(" "), () => environment.run(file, args));
  return { ...environment, run };
}

/** One look probes a server once, however many sources list it. */
function probeOnce({ own, probe }: DetectionOptions): DetectionOptions {
  if (probe === undefined) return { own };
  const verdicts = new Map<string, Promise<ProbeVerdict>>();
  return { own, probe: (server) => onceFor(verdicts, formatUpstream(server), () => probe(server)) };
}

function onceFor<T>(known: Map<string, T>, key: string, make: () => T): T {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}

function distinct(leftOut: LeftOutServer[]): LeftOutServer[] {
  return [...new Map(leftOut.map((entry) => [`${entry.server} ${entry.reason}`, entry])).values()];
}
