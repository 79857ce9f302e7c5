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
  /** A text that the element meant has in the file, where the path ends at a list. Never shown. */
  item?: string;
  /** What is shown beside the name where the same is told of several. */
  detail?: string;
  /** One sentence without its subject, which follows from the path: what is there and what is done about it. Without secrets once it is redacted. */
  statement: string;
  /** What the user can do, starting with a verb; null where there is nothing. */
  hint: string | null;
}

/** How many of several are named in one line. */
const maxNames = 8;

/** What a finding is about: "service web", "network front", "volume data", "the project". */
export function subjectOf({ path }: Pick<Finding, "path">): string {
  const [section = "", name] = path;
  return name === undefined ? "the project" : `${singularOf(section)} ${name}`;
}

/** A finding as one sentence: "service web: network_mode host is kept, …". */
export function messageOf(finding: Finding): string {
  return `${subjectOfGroup([finding], finding)}: ${finding.statement}`;
}

/** A finding with every text that is shown of it changed, as to mask secrets; the item is for looking it up alone. */
export function redactFinding(finding: Finding, redact: (text: string) => string): Finding {
  const { statement, hint, detail } = finding;
  return {
    ...finding,
    statement: redact(statement),
    hint: hint === null ? null : redact(hint),
    ...(detail === undefined ? {} : { detail: redact(detail) }),
  };
}

/** What holds for several things alike, to be told once. */
export interface FindingGroup<T extends Finding> {
  /** "services web, db". */
  subject: string;
  statement: string;
  hint: string | null;
  /** At least one, in the order given. */
  findings: T[];
}

/** Brings together findings of one rule that say the same of several services, networks or volumes; groups come in the order of their first. */
export function groupFindings<T extends Finding>(findings: readonly T[]): FindingGroup<T>[] {
  const groups = Map.groupBy(findings, ({ rule, path, statement, hint, action }) =>
    JSON.stringify([rule, path[0], path.length > 1, statement, hint, action]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ subject: subjectOfGroup(group, first), statement: first.statement, hint: first.hint, findings: group }];
  });
}

/**
 * The warnings among findings as `up` tells them, one line each: what is to be said of several services alike is said once.
 * @param placeOf where a finding is in the user's files, "compose.yml:12"; null when that is not known.
 */
export function tellWarnings(findings: readonly Finding[], placeOf: (finding: Finding) => string | null): string[] {
  const warnings = findings.filter(({ level }) => level === "warning");
  return groupFindings(warnings).map(({ subject, statement, hint, findings: group }) => {
    const advice = hint === null ? "" : `; ${hint}`;
    const places = [...new Set(group.map(placeOf).filter((place) => place !== null))];
    return `${subject}: ${statement}${advice}${placesText(places)}`;
  });
}

function subjectOfGroup(group: readonly Finding[], first: Finding): string {
  const [section = "", name] = first.path;
  if (name === undefined) return subjectOf(first);
  const names = [...new Set(group.map(nameWithDetail))];
  const more = names.length - maxNames;
  const list = more > 1 ? `${names.slice(0, maxNames).join(", ")} and ${more} more` : names.join(", ");
  return `${names.length === 1 ? singularOf(section) : section} ${list}`;
}

function nameWithDetail({ path, detail }: Finding): string {
  const [, name = ""] = path;
  return detail === undefined || detail === name ? name : `${name} (${JSON.stringify(detail)})`;
}

/** A crowd of places helps nobody: the first one leads to the others. */
function placesText([first, ...others]: readonly string[]): string {
  if (first === undefined) return "";
  return others.length === 0 ? ` (${first})` : ` (${first} and ${others.length} more)`;
}

function singularOf(section: string): string {
  return section.replace(/s$/, "");
}
