import { createHash } from "node:crypto";
import { writeFileAtomically } from "../base/atomic-write.ts";
import { readIfThere } from "../base/read-if-there.ts";
import type { Environment } from "../model/environment.ts";
import { type Finding, tellWarnings } from "../model/finding.ts";
import { toWriteProblem } from "../state/file-problems.ts";
import type { ControllerContext } from "./context.ts";
import { findPlaces } from "./find-places.ts";
import { locate } from "./locations.ts";
import type { ReadEnvironment } from "./prepare.ts";

interface News {
  environment: Environment;
  read: ReadEnvironment;
  findings: readonly Finding[];
}

/** Without it nobody would know why nothing runs. */
const alwaysTold = "nothing-active";

/**
 * Tells the warnings of an environment's project unless they are what was told last: whoever starts it every day reads them once. What is remembered is a digest
 * in the environment's generated directory; without it all is told again.
 */
export async function tellNews(
  context: Pick<ControllerContext, "paths" | "emit">,
  { environment, read, findings }: News,
): Promise<void> {
  const { told } = locate(context.paths, environment);
  // A line that was moved in its file is no news.
  const digest = digestOf([...read.warnings, ...tellWarnings(findings, () => null)]);
  const isNews = (await readIfThere(told)) !== digest;
  const news = isNews ? findings : findings.filter(({ rule }) => rule === alwaysTold);
  for (const text of [...(isNews ? read.warnings : []), ...(await describe(read, news))]) {
    context.emit({ type: "warning", text });
  }
  if (!isNews) return;
  try {
    await writeFileAtomically(told, digest);
  } catch (error) {
    throw toWriteProblem(error, "write", told);
  }
}

async function describe(read: ReadEnvironment, findings: readonly Finding[]): Promise<string[]> {
  const places = await findPlaces(
    read,
    findings.filter(({ level }) => level === "warning"),
  );
  return tellWarnings(findings, (finding) => {
    const place = places.get(finding);
    return place === undefined ? null : `${place.file}:${place.line}`;
  });
}

function digestOf(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
