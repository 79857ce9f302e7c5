import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { type ContainerChange, describeChanges } from "./find-changes.ts";
import { type ConnectionProbe, judgeConnections, type ProbeVerdict } from "./judge-connections.ts";
import { judgeNames, type NameProbe } from "./judge-names.ts";
import type { ProbeLimits } from "./limits.ts";
import { countPositions } from "./places.ts";
import type { ProbePlan } from "./probe-places.ts";
import type { PlaceReport, ProvenMethod } from "./probe-report.ts";

/** Probes by what became of them. */
export interface ProbeCounts {
  total: number;
  arrived: number;
  keptOut: number;
  unproven: number;
}

/** How much of something was probed. */
export interface Share {
  probed: number;
  of: number;
}

/** How much of one environment was probed; less than all there is where there is much of it. */
export interface Coverage {
  environment: string;
  /** Network namespaces that were probed from. */
  places: Share;
  /** Addresses and ports that the other one tried. */
  targets: Share;
  /** Names that the other one asked for. */
  names: Share;
}

/** How the probing went, as data. */
export interface ProbeSummary extends ProbeCounts {
  coverage: Coverage[];
  timeoutMs: number;
  places: PlaceSummary[];
  connections: ConnectionProbe[];
  lookups: NameProbe[];
}

/** What was probed with at a place. */
export interface PlaceSummary {
  environment: string;
  container: string;
  networks: string[];
  connect: ProvenMethod | null;
  lookup: ProvenMethod | null;
}

/** All that is known of one of the two environments when the probing is over. */
export interface ProbedSide {
  plan: ProbePlan;
  reports: readonly PlaceReport[];
  /** How many targets and names it has; the plan of the other side may have fewer of them. */
  available: { targets: number; names: number };
}

/**
 * Judges the probes of both directions.
 * @param options.changes of the containers of both while they were probed. Each container is probed from and probed, so
 * that every check is in doubt with it.
 */
export function judgeProbes(
  sides: readonly [ProbedSide, ProbedSide],
  { limits, changes }: { limits: ProbeLimits; changes: readonly ContainerChange[] },
): { checks: Check[]; probes: ProbeSummary } {
  const [first, second] = sides;
  const meanwhile = describeChanges(changes, [first.plan.subject.key, second.plan.subject.key]);
  const directions = [
    [first, second],
    [second, first],
  ] as const;
  const judged = directions.map(([from, to]) => ({
    from,
    to,
    connections: judgeConnections(from.reports, to.reports, from.plan.own),
    names: judgeNames(from.reports, to.plan.subject),
  }));
  const checks = judged.flatMap(({ from, to, connections, names }) => {
    const direction = { from: from.plan.subject.key, to: to.plan.subject.key };
    const gaps = [...meanwhile, ...findGaps(from, limits), ...findMissingTargets(to)];
    return [
      toCheck("connections", {
        ...direction,
        findings: [...gaps, ...connections.findings],
        summary: describeConnections(connections.probes.length, from, to),
      }),
      toCheck("names", {
        ...direction,
        findings: [...gaps, ...names.findings],
        summary: describeNames(names.probes.length, from, to),
      }),
    ];
  });
  const changed = new Set(changes.map(({ container }) => container));
  const connections = judged
    .flatMap(({ connections }) => connections.probes)
    .map((probe) => (changed.has(probe.from) || changed.has(probe.to) ? withoutProof(probe) : probe));
  // Whose a name is cannot be told of every name.
  const lookups = judged.flatMap(({ names }) => names.probes).map(changed.size > 0 ? withoutProof : (probe) => probe);
  return {
    checks,
    probes: {
      ...count([...connections, ...lookups]),
      coverage: sides.map(toCoverage),
      timeoutMs: limits.probeTimeoutMs,
      places: sides.flatMap(toPlaces),
      connections,
      lookups,
    },
  };
}

/** The same probe, where that nothing arrived proves nothing. */
function withoutProof<T extends { verdict: ProbeVerdict }>(probe: T): T {
  return probe.verdict === "kept-out" ? { ...probe, verdict: "unproven" } : probe;
}

/** What keeps a direction from being proven before anything is probed. */
function findGaps({ plan }: ProbedSide, limits: ProbeLimits): CheckFinding[] {
  const { key, namespaces } = plan.subject;
  if (plan.places.length === 0) {
    return [
      {
        status: "unproven",
        message: `no container of ${key} is on a network: there is nothing to probe from`,
        hint: `see what it has: "cilo status ${key}"`,
        details: { environment: key },
      },
    ];
  }
  const positions = countPositions(namespaces);
  if (positions <= limits.maxPositions) return [];
  return [
    {
      status: "unproven",
      message: `the containers of ${key} are on ${positions} different sets of networks, and only ${limits.maxPositions} of them were probed from`,
      hint: null,
      details: { environment: key, positions, probed: limits.maxPositions },
    },
  ];
}

function findMissingTargets({ plan, available }: ProbedSide): CheckFinding[] {
  if (available.targets > 0) return [];
  const { key } = plan.subject;
  return [
    {
      status: "unproven",
      message: `no container of ${key} has an address: there is nothing to probe`,
      hint: `see what it has: "cilo status ${key}"`,
      details: { environment: key },
    },
  ];
}

function describeConnections(probes: number, from: ProbedSide, to: ProbedSide): string {
  const { places } = toCoverage(from);
  const { targets } = toCoverage(to);
  return `${amount(probes, "connection")} to ${outOf(targets, "port")} from ${outOf(places, "container")}`;
}

function describeNames(probes: number, from: ProbedSide, to: ProbedSide): string {
  const { places } = toCoverage(from);
  const { names } = toCoverage(to);
  return `${amount(probes, "lookup")} of ${outOf(names, "name")} from ${outOf(places, "container")}`;
}

function toCoverage({ plan, available }: ProbedSide): Coverage {
  const { subject, places, own, ownNames } = plan;
  return {
    environment: subject.key,
    places: { probed: places.length, of: subject.namespaces.length },
    targets: { probed: own.length, of: available.targets },
    names: { probed: ownNames.length, of: available.names },
  };
}

/** "3 containers", "8 of 40 containers" */
function outOf({ probed, of }: Share, noun: string): string {
  return probed === of ? amount(of, noun) : `${probed} of ${amount(of, noun)}`;
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function toPlaces({ reports }: ProbedSide): PlaceSummary[] {
  return reports.map(({ place, connect, lookup }) => ({
    environment: place.environment,
    container: place.owner.name,
    networks: place.endpoints.map(({ network }) => network),
    connect,
    lookup,
  }));
}

function count(probes: readonly { verdict: ProbeVerdict }[]): ProbeCounts {
  const of = (verdict: ProbeVerdict) => probes.filter((probe) => probe.verdict === verdict).length;
  return { total: probes.length, arrived: of("arrived"), keptOut: of("kept-out"), unproven: of("unproven") };
}
