import type { CheckFinding } from "./check.ts";
import { hasReachedItsOwn } from "./controls.ts";
import { hasAnswered, type Outcome } from "./outcome.ts";
import type { PlaceReport, ProbeProblem } from "./probe-report.ts";
import { formatTarget, type Target } from "./targets.ts";

/** What became of one probe: something arrived, nothing did and it would have shown, or it says nothing. */
export type ProbeVerdict = "arrived" | "kept-out" | "unproven";

/** One connection that was tried from inside one environment to the other. */
export interface ConnectionProbe {
  /** The container whose network namespace it was tried from. */
  from: string;
  to: string;
  address: string;
  port: number;
  outcome: Outcome;
  /**
   * The best outcome of the same connection from inside the target's own environment; null when it was tried from
   * nowhere there.
   */
  control: Outcome | null;
  verdict: ProbeVerdict;
}

export interface ConnectionJudgement {
  probes: ConnectionProbe[];
  findings: CheckFinding[];
}

/**
 * Judges the connections from one environment to the other. One proves something only where the same way of trying
 * reached a target of its own environment in the same run, and where the target answers inside the environment it
 * belongs to.
 * @param reports of the environment probed from.
 * @param counterparts of the environment probed, which tried its own targets.
 * @param own targets of the environment probed from.
 */
export function judgeConnections(
  reports: readonly PlaceReport[],
  counterparts: readonly PlaceReport[],
  own: readonly Target[],
): ConnectionJudgement {
  const controls = bestOutcomes(counterparts);
  const judged = reports.map((report) => judgePlace(report, own, controls));
  return {
    probes: judged.flatMap(({ probes }) => probes),
    findings: [...judged.flatMap(({ findings }) => findings), ...deadTargets(judged.flatMap(({ probes }) => probes))],
  };
}

function judgePlace(
  report: PlaceReport,
  own: readonly Target[],
  controls: ReadonlyMap<string, Outcome>,
): ConnectionJudgement {
  const { place, connectProblem } = report;
  if (connectProblem !== null) return { probes: [], findings: [toProblemFinding(report, "connect", connectProblem)] };
  const isWorking = hasReachedItsOwn(place, report.connections, own);
  const probes = report.connections
    .filter(({ target }) => target.environment !== place.environment)
    .map(({ target, outcome }): ConnectionProbe => {
      const control = controls.get(formatTarget(target)) ?? null;
      const { container: to, address, port } = target;
      const verdict = isWorking || hasAnswered(outcome) ? judgeProbe(outcome, control) : "unproven";
      return { from: place.owner.name, to, address, port, outcome, control, verdict };
    });
  const findings = [
    ...(isWorking ? [] : [toProblemFinding(report, "connect", "control-failed")]),
    ...arrivals(probes, place.environment),
    ...doubts(isWorking ? probes : []),
  ];
  return { probes, findings };
}

function judgeProbe(outcome: Outcome, control: Outcome | null): ProbeVerdict {
  if (outcome === "open") return "arrived";
  // Who refuses where the target would not have refused is not the target.
  if (outcome === "refused") return control === "open" ? "unproven" : "arrived";
  if (outcome === "unknown" || control === null || !hasAnswered(control)) return "unproven";
  return "kept-out";
}

const ranking: readonly Outcome[] = ["open", "refused", "unreachable", "silent", "unknown"];

/** The best outcome of every target, tried from inside its own environment. */
function bestOutcomes(reports: readonly PlaceReport[]): Map<string, Outcome> {
  const best = new Map<string, Outcome>();
  for (const { place, connections } of reports) {
    for (const { target, outcome } of connections) {
      if (target.environment !== place.environment) continue;
      const known = best.get(formatTarget(target)) ?? "unknown";
      best.set(formatTarget(target), ranking.indexOf(outcome) < ranking.indexOf(known) ? outcome : known);
    }
  }
  return best;
}

function arrivals(probes: readonly ConnectionProbe[], environment: string): CheckFinding[] {
  const arrived = Map.groupBy(
    probes.filter(({ verdict }) => verdict === "arrived"),
    ({ to }) => to,
  );
  return [...arrived].map(([to, all]): CheckFinding => {
    const from = all[0]?.from ?? "";
    return {
      status: "failed",
      message: `container ${from} of ${environment} reaches container ${to} at ${listOf(all)}`,
      hint: `run "docker inspect ${from} ${to}" and see which network or route they have in common`,
      details: { from, to, targets: all.map(formatTarget) },
    };
  });
}

/** Probes that say nothing although what tried them works and the target is alive. */
function doubts(probes: readonly ConnectionProbe[]): CheckFinding[] {
  const doubtful = probes.filter(
    ({ verdict, control }) => verdict === "unproven" && control !== null && hasAnswered(control),
  );
  const groups = Map.groupBy(doubtful, ({ outcome }) => outcome);
  return [...groups].map(([outcome, all]): CheckFinding => {
    const from = all[0]?.from ?? "";
    const why =
      outcome === "refused"
        ? "something refused, though the target itself would have answered: a firewall, or another machine of that address"
        : "it did not come to an end";
    return {
      status: "unproven",
      message: `of the connections from container ${from}, those to ${listOf(all)} prove nothing: ${why}`,
      hint: "run it again; if it stays so, look at the firewall of the engine's machine",
      details: { from, outcome, targets: all.map(formatTarget) },
    };
  });
}

/** Targets that do not answer in their own environment either: that they are silent for the other one says nothing. */
function deadTargets(probes: readonly ConnectionProbe[]): CheckFinding[] {
  const dead = probes.filter(
    ({ verdict, control }) => verdict === "unproven" && (control === null || !hasAnswered(control)),
  );
  const byContainer = Map.groupBy(dead, ({ to }) => to);
  return [...byContainer].map(([container, all]): CheckFinding => {
    const targets = [...new Map(all.map((probe) => [formatTarget(probe), probe])).values()];
    return {
      status: "unproven",
      message: `container ${container} was not reached from inside its own environment at ${listOf(targets)}, so that nothing arrives from the other proves nothing`,
      hint: `see whether it listens: "docker logs ${container}"`,
      details: { container, targets: targets.map(formatTarget), control: targets[0]?.control ?? null },
    };
  });
}

function listOf(probes: readonly ConnectionProbe[]): string {
  return probes.map(formatTarget).join(", ");
}

/** Why nothing is proven from a place. */
export function toProblemFinding(
  { place }: PlaceReport,
  kind: "connect" | "lookup",
  problem: ProbeProblem,
): CheckFinding {
  const { owner, environment } = place;
  const [what, own] =
    kind === "connect"
      ? ["opens connections", "anything of its own environment"]
      : ["asks the engine's DNS", "its own name"];
  const isBare = problem === "no-tools";
  return {
    status: "unproven",
    message: isBare
      ? `no image has a program that ${what} from where container ${owner.name} of ${environment} is`
      : `from where container ${owner.name} of ${environment} is, ${own} cannot be ${kind === "connect" ? "reached" : "resolved"} either: that the other's cannot proves nothing`,
    hint: isBare
      ? 'name an image on the engine that has a shell with nc and nslookup, such as busybox or alpine: "--image busybox"'
      : `see whether its services are up: "cilo status ${environment}"`,
    details: { container: owner.name, environment, problem },
  };
}
