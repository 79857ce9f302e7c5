/** What cilo does about something of a project: `rewritten` (each copy gets its own), `kept` (as the project says), `refused` (nothing starts). */
export type FindingAction = "rewritten" | "kept" | "refused";

/** Something of a project that copies would have in common, or that is different in a copy, and what cilo does about it. */
export interface Finding {
  /** Stable and kebab-case: "external-volume". */
  rule: string;
  action: FindingAction;
  /** Whether copies still have it in common, so that what one does with it shows in the others. */
  shared: boolean;
  /** `warning`: `up` tells of it when it is news; `note`: only `check` shows it. */
  level: "warning" | "note";
  /** Keys that lead to it in a Compose file: ["services", "web", "volumes"]; none for the project as a whole. */
  path: readonly string[];
  /** A text that the element meant has, where the path ends at a list, or a value to show beside the name. */
  item?: string;
  /** One sentence without its subject, which follows from the path: what is there and what is done about it. Without secrets once it is redacted. */
  statement: string;
  /** What the user can do, starting with a verb; null where there is nothing. */
  hint: string | null;
}

/** What a finding is about: "service web", "network front", "volume data", "the project". */
export function subjectOf({ path }: Pick<Finding, "path">): string {
  const [section = "", name] = path;
  return name === undefined ? "the project" : `${singularOf(section)} ${name}`;
}

/** A finding as one sentence: "service web: network_mode host is kept, …". */
export function messageOf(finding: Pick<Finding, "path" | "statement">): string {
  return `${subjectOf(finding)}: ${finding.statement}`;
}

/** A finding with the project's secrets masked in what is shown of it. */
export function redactFinding(finding: Finding, redact: (text: string) => string): Finding {
  const { statement, hint, item } = finding;
  return {
    ...finding,
    statement: redact(statement),
    hint: hint === null ? null : redact(hint),
    ...(item === undefined ? {} : { item: redact(item) }),
  };
}

/**
 * The warnings among findings as `up` tells them, one line each: what is to be said of several services alike is said once.
 * @param placeOf where a finding is in the user's files, "compose.yml:12"; null when that is not known.
 */
export function tellWarnings(findings: readonly Finding[], placeOf: (finding: Finding) => string | null): string[] {
  const warnings = findings.filter(({ level }) => level === "warning");
  const groups = Map.groupBy(warnings, ({ rule, path, statement, hint }) =>
    JSON.stringify([rule, path[0], path.length > 1, statement, hint]),
  );
  return [...groups.values()].map((group) => {
    const [first] = group as [Finding, ...Finding[]];
    const advice = first.hint === null ? "" : `; ${first.hint}`;
    const places = [...new Set(group.map(placeOf).filter((place) => place !== null))];
    return `${subjectOfGroup(group, first)}: ${first.statement}${advice}${placesText(places)}`;
  });
}

function subjectOfGroup(group: readonly Finding[], first: Finding): string {
  const [section = "", name] = first.path;
  if (name === undefined) return subjectOf(first);
  const names = [...new Set(group.map(nameWithItem))];
  return `${names.length === 1 ? singularOf(section) : section} ${names.join(", ")}`;
}

/** The item is shown where the statement does not name it. */
function nameWithItem({ path, item, statement }: Finding): string {
  const [, name = ""] = path;
  return item === undefined || item === name || statement.includes(item) ? name : `${name} (${JSON.stringify(item)})`;
}

/** A crowd of places helps nobody: the first one leads to the others. */
function placesText([first, ...others]: readonly string[]): string {
  if (first === undefined) return "";
  return others.length === 0 ? ` (${first})` : ` (${first} and ${others.length} more)`;
}

function singularOf(section: string): string {
  return section.replace(/s$/, "");
}
