import { CiloError } from "../../base/errors.ts";
import { showPath } from "../is-outside.ts";
import { type FieldLocation, locateFields } from "../locate-fields.ts";
import type { ProjectReading } from "../project.ts";
import type { VerifyOptions } from "../verify.ts";
import type { Violation } from "./violation.ts";

type Rejected = Pick<VerifyOptions, "files" | "projectDirectory" | "overrideFile"> & {
  reading: Pick<ProjectReading, "userLayer">;
};

/** The refusal of a project that would not be a copy of its own; names file, service and field. */
export async function toRejection(violations: readonly Violation[], options: Rejected): Promise<CiloError> {
  const lines = await describe(violations, options);
  return new CiloError(
    "CILO_OVERRIDE_REJECTED",
    `the project cannot be copied safely, nothing was started: ${lines.join("; ")}`,
    {
      hint: `compare the Compose files with the generated ${options.overrideFile}, and report this message`,
      details: { violations: [...violations] },
    },
  );
}

/** The refusal of a user layer that takes away what a copy cannot do without. */
export async function toLayerRejection(violations: readonly Violation[], options: Rejected): Promise<CiloError> {
  const lines = await describe(violations, options);
  const file = options.reading.userLayer?.file ?? "the user layer";
  return new CiloError(
    "CILO_OVERRIDE_REJECTED",
    `${showPath(file, options.projectDirectory)} takes away what a copy needs, nothing was started: ${lines.join("; ")}`,
    { hint: `leave these fields out of ${file}`, details: { violations: [...violations] } },
  );
}

async function describe(
  violations: readonly Violation[],
  { files, reading, projectDirectory }: Rejected,
): Promise<string[]> {
  const { userLayer } = reading;
  const locations = await locateFields([...files, ...(userLayer ? [userLayer.file] : [])], violations.map(toField));
  return violations.map(({ subject, field, problem }, index) => {
    const location = locations[index] ?? null;
    return `${subject}: ${field}: ${problem}${location === null ? "" : ` (${placeOf(location, projectDirectory)})`}`;
  });
}

/** The keys that lead to a violation: "service web" and "build.tags" are services, web, build, tags. */
function toField({ subject, field }: Violation): { path: string[] } {
  const [kind = "", ...name] = subject.split(" ");
  const fields = field.startsWith("(") ? [] : field.split(".");
  return { path: [`${kind}s`, ...(name.length === 0 ? [] : [name.join(" "), ...fields])] };
}

function placeOf({ file, line }: FieldLocation, directory: string): string {
  return `${showPath(file, directory)}:${line}`;
}
