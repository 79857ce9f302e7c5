import type { CheckFinding } from "./check.ts";
import { type ProbeVerdict, toProblemFinding } from "./judge-connections.ts";
import type { PlaceReport } from "./probe-report.ts";
import { addressesOf, type Namespace, type Subject } from "./subject.ts";
import type { WantedName } from "./wanted-names.ts";

/** One name of an environment that was asked for inside the other one. */
export interface NameProbe {
  from: string;
  name: string;
  kind: WantedName["kind"];
  /** All that the answer had; null when there is no telling. */
  addresses: string[] | null;
  verdict: ProbeVerdict;
}

export interface NameJudgement {
  probes: NameProbe[];
  findings: CheckFinding[];
}

/**
 * Judges what the engine's DNS said of an environment's names inside the other one. A name of the zone may have come
 * from the machine's resolver, when that sends the zone to cilo: it is noted then, since nothing can be reached by it;
 * the connections have shown that.
 * @param reports of the environment asked from.
 */
export function judgeNames(reports: readonly PlaceReport[], target: Subject): NameJudgement {
  const addresses = addressesOf(target);
  const judged = reports.map((report) => judgePlace(report, target, addresses));
  return {
    probes: judged.flatMap(({ probes }) => probes),
    findings: [
      ...judged.flatMap(({ findings }) => findings),
      ...zoneNotes(
        judged.flatMap(({ probes }) => probes),
        target,
      ),
    ],
  };
}

function judgePlace(report: PlaceReport, target: Subject, foreign: ReadonlySet<string>): NameJudgement {
  const { place, lookups, lookupProblem, ownNameResolved } = report;
  if (lookupProblem !== null) return { probes: [], findings: [toProblemFinding(report, "lookup", lookupProblem)] };
  const isOnItsNetwork = sharesNetwork(place, target);
  const probes = lookups.map(({ name, addresses }): NameProbe => {
    const isGiven = (addresses ?? []).some((address) => foreign.has(address));
    const isForwarded = name.kind === "zone" && !isOnItsNetwork;
    const isProven = ownNameResolved && addresses !== null;
    return {
      from: place.owner.name,
      name: name.text,
      kind: name.kind,
      addresses,
      verdict: isGiven && !isForwarded ? "arrived" : isProven ? "kept-out" : "unproven",
    };
  });
  return {
    probes,
    findings: [
      ...(ownNameResolved ? [] : [toProblemFinding(report, "lookup", "control-failed")]),
      ...given(probes, place, target),
      ...unanswered(ownNameResolved ? probes : [], place),
    ],
  };
}

function given(probes: readonly NameProbe[], place: Namespace, target: Subject): CheckFinding[] {
  const names = probes.filter(({ verdict }) => verdict === "arrived").map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      status: "failed",
      message: `inside container ${place.owner.name} of ${place.environment} the engine gives addresses of ${target.key} for ${names.join(", ")}`,
      hint: `run "docker inspect ${place.owner.name}" and see which network of ${target.key}'s it is on`,
      details: { from: place.owner.name, names },
    },
  ];
}

function unanswered(probes: readonly NameProbe[], place: Namespace): CheckFinding[] {
  const names = probes.filter(({ verdict }) => verdict === "unproven").map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      status: "unproven",
      message: `inside container ${place.owner.name} of ${place.environment} nothing came of asking for ${names.join(", ")}`,
      hint: "run it again; the container may have no room for more processes",
      details: { from: place.owner.name, names },
    },
  ];
}

function zoneNotes(probes: readonly NameProbe[], target: Subject): CheckFinding[] {
  const foreign = addressesOf(target);
  const resolved = probes.filter(
    ({ kind, verdict, addresses }) =>
      kind === "zone" && verdict === "kept-out" && (addresses ?? []).some((address) => foreign.has(address)),
  );
  const names = [...new Set(resolved.map(({ name }) => name))];
  if (names.length === 0) return [];
  return [
    {
      status: "note",
      message: `the machine's own resolver gives ${names.length === 1 ? `the name ${names[0]}` : `${names.length} names of ${target.key}`} inside as well; the connections show whether that leads anywhere`,
      hint: null,
      details: { names },
    },
  ];
}

function sharesNetwork({ endpoints }: Namespace, target: Subject): boolean {
  const networks = new Set(
    target.namespaces.flatMap((namespace) => namespace.endpoints.map(({ networkId }) => networkId)),
  );
  return endpoints.some(({ networkId }) => networks.has(networkId));
}
