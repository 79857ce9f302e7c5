import { showPath } from "../compose/is-outside.ts";
import { locateFields } from "../compose/locate-fields.ts";
import type { Finding } from "../model/finding.ts";
import type { ReadEnvironment } from "./prepare.ts";

/** Where the user's files say what a finding is about; line and column count from 1. */
export interface FindingPlace {
  /** Relative to the project's directory where it is in it. */
  file: string;
  line: number;
  column: number;
}

/** Finds where the user's files say what findings are about; those that no file says are left out. */
export async function findPlaces(
  read: Pick<ReadEnvironment, "files" | "userLayer" | "directory">,
  findings: readonly Finding[],
): Promise<Map<Finding, FindingPlace>> {
  const files = [...read.files, ...(read.userLayer === null ? [] : [read.userLayer.file])];
  const locations = await locateFields(files, findings);
  return new Map(
    findings.flatMap((finding, index): [Finding, FindingPlace][] => {
      const location = locations[index] ?? null;
      return location === null ? [] : [[finding, { ...location, file: showPath(location.file, read.directory) }]];
    }),
  );
}
