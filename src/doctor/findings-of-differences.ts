import type { Difference } from "../controller/reconcile/difference.ts";
import { plan } from "../controller/reconcile/plan.ts";
import { type Finding, found, type Severity } from "./check.ts";

/** Checks that tell of differences between state, engine, files and names. */
type TellingCheck = "daemon" | "addresses" | "orphans" | "leftovers";

type Telling = { check: TellingCheck; severity: Severity };

/** Whose part each difference is; null where a check tells of it in its own words. */
const tellings: Record<Difference["type"], Telling | null> = {
  "under-way": null,
  interrupted: null,
  "leftover-child": null,
  "half-destroyed": null,
  drifted: { check: "addresses", severity: "warning" },
  "lost-network": { check: "addresses", severity: "problem" },
  misanswered: { check: "addresses", severity: "problem" },
  "still-answered": { check: "addresses", severity: "problem" },
  "surplus-container": { check: "orphans", severity: "warning" },
  "odd-network": { check: "orphans", severity: "warning" },
  "orphan-container": { check: "orphans", severity: "warning" },
  "orphan-network": { check: "orphans", severity: "warning" },
  "orphan-volume": { check: "orphans", severity: "warning" },
  "missing-workspace": { check: "leftovers", severity: "problem" },
  "stray-file": { check: "leftovers", severity: "warning" },
  "other-daemon": { check: "daemon", severity: "problem" },
  "unreachable-daemon": null,
  "unreachable-engine": null,
};

/** What one check tells of differences, in the words of the plan that mends them; that is what `--fix` does. */
export function findingsOfDifferences(differences: readonly Difference[], check: TellingCheck): Finding[] {
  return differences.flatMap((difference) => {
    const telling = tellings[difference.type];
    if (telling?.check !== check || isToldOtherwise(difference)) return [];
    const { steps, notices } = plan([difference]);
    return [
      ...steps.map(({ subject, cause }) =>
        found(telling.severity, `${subject}: ${cause}`, { command: "cilo doctor --fix", fixable: true }),
      ),
      ...notices.map(({ subject, cause, command }) => found(telling.severity, `${subject}: ${cause}`, { command })),
    ];
  });
}

/** Of versions and revisions the check of the daemon knows by itself. */
function isToldOtherwise(difference: Difference): boolean {
  return difference.type === "other-daemon" && difference.reason !== "installation";
}
