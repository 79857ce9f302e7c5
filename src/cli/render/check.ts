import type { LocatedFinding, ProjectCheck } from "../../controller/check-project.ts";
import { type FindingGroup, groupFindings } from "../../model/finding.ts";
import { toLine } from "./line.ts";

type Fate = "refused" | "shared" | "own" | "kept" | "off";
type Groups = Map<Fate, FindingGroup<LocatedFinding>[]>;

/** In the order in which they are shown. */
const headings: readonly (readonly [Fate, string])[] = [
  ["refused", "refused, so that nothing starts"],
  ["shared", "stays shared between copies"],
  ["own", "becomes each copy's own"],
  ["kept", "stays as it is, to know"],
  ["off", "of services that are off"],
];

const maxPlaces = 4;

/** What `cilo check` prints: a section for each fate, with places and advice, and the sum of it. */
export function renderCheck(check: ProjectCheck): string {
  const byFate = Map.groupBy(check.findings, fateOf);
  const groups: Groups = new Map(
    headings.map(([fate]) => [fate, groupFindings(warningsFirst(byFate.get(fate) ?? []))]),
  );
  const lines = headings.flatMap(([fate, heading]) => {
    const rendered = (groups.get(fate) ?? []).flatMap(renderGroup);
    return rendered.length === 0 ? [] : [`${heading}:`, ...rendered, ""];
  });
  return [...lines, summaryOf(check, groups)].map((line) => `${line}\n`).join("");
}

function fateOf({ action, shared, active }: LocatedFinding): Fate {
  if (action === "refused") return "refused";
  if (!active) return "off";
  if (shared) return "shared";
  return action === "rewritten" ? "own" : "kept";
}

function warningsFirst(findings: readonly LocatedFinding[]): LocatedFinding[] {
  const isWarning = ({ level }: LocatedFinding) => Number(level === "warning");
  return findings.toSorted((a, b) => isWarning(b) - isWarning(a));
}

function renderGroup({ subject, statement, hint, findings }: FindingGroup<LocatedFinding>): string[] {
  const places = [...new Set(findings.flatMap(placeOf))];
  return [
    `  ${toLine(`${subject}: ${statement}`)}`,
    ...(places.length === 0 ? [] : [`    at ${toLine(listOf(places))}`]),
    ...(hint === null ? [] : [`    ${toLine(hint)}`]),
  ];
}

/** A crowd of places helps nobody. */
function listOf(places: readonly string[]): string {
  const more = places.length - maxPlaces;
  return more > 0 ? `${places.slice(0, maxPlaces).join(", ")} and ${more} more` : places.join(", ");
}

function placeOf({ file, line }: LocatedFinding): string[] {
  return file === null ? [] : [line === null ? file : `${file}:${line}`];
}

/** How much of each fate is shown above; the last word is whether anything is shared. */
function summaryOf({ project, services }: ProjectCheck, groups: Groups): string {
  const count = (fate: Fate) => groups.get(fate)?.length ?? 0;
  const refused = count("refused");
  const shared = count("shared");
  const parts = [
    `${services.length} ${services.length === 1 ? "service" : "services"}`,
    ...(refused === 0 ? [] : [`${refused} refused`]),
    `${count("own")} rewritten`,
    shared === 0 ? "nothing stays shared" : `${shared} ${shared === 1 ? "thing stays" : "things stay"} shared`,
  ];
  return `${project}: ${parts.join(", ")}`;
}
