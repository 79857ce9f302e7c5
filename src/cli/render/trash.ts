import { formatSize } from "../../base/format-size.ts";
import type { WholeEntry } from "../../controller/trash/find-entry.ts";
import { expiryOf, type TrashLimits } from "../../controller/trash/list-trash.ts";
import { keyOf } from "../../model/environment.ts";
import { renderTable } from "./table.ts";

/** What `cilo restore --list --json` says of an entry; times are ISO 8601. */
export interface TrashReport {
  entry: string;
  environment: string;
  destroyedAt: string;
  until: string;
  sizeBytes: number;
  volumes: string[];
  leftOut: string[];
  path: string;
}

/** Takes from an entry what there is to tell. */
export function reportTrash({ name, path, record, createdAt }: WholeEntry, limits: TrashLimits): TrashReport {
  return {
    entry: name,
    environment: keyOf(record.environment),
    destroyedAt: record.createdAt,
    until: expiryOf({ createdAt }, limits).toISOString(),
    sizeBytes: record.sizeBytes,
    volumes: record.volumes.map((volume) => volume.name),
    leftOut: record.leftOut.map(({ what }) => what),
    path,
  };
}

/** The table of `cilo restore --list`. */
export function renderTrash(reports: readonly TrashReport[]): string {
  if (reports.length === 0) return "";
  return renderTable([
    ["ENVIRONMENT", "DESTROYED", "UNTIL", "SIZE", "ENTRY"],
    ...reports.map(({ environment, destroyedAt, until, sizeBytes, entry }) => [
      environment,
      `${destroyedAt.slice(0, 16).replace("T", " ")} UTC`,
      until.slice(0, 10),
      formatSize(sizeBytes),
      entry,
    ]),
  ]);
}
