import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { CiloError } from "../../base/errors.ts";
import { type BytePath, toBuffer, toText } from "../byte-path.ts";
import type { SourceStamp } from "./compare-trees.ts";

/** Relative, and never upwards: modes and times are set there. */
const innerPath = v.pipe(
  v.string(),
  v.check((path) => !path.startsWith("/") && !path.split("/").includes("..")),
  v.transform((path) => path as BytePath),
);

const stampSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    path: innerPath,
    kind: v.picklist(["file", "directory", "symlink"]),
    mode: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o7777)),
    sizeBytes: v.pipe(v.number(), v.minValue(0)),
    mtimeNs: v.pipe(v.string(), v.regex(/^-?\d+$/)),
  }),
);

/**
 * Reads what `saveWork` wrote down of the source, by path.
 * @param file absolute
 * @throws CILO_RESTORE_FAILED when a line of it is none of those
 */
export async function readStamps(file: BytePath): Promise<Map<BytePath, SourceStamp>> {
  const lines = (await readFile(toBuffer(file), "utf8")).split("\n");
  const stamps = new Map<BytePath, SourceStamp>();
  for (const [index, line] of lines.entries()) {
    if (line === "") continue;
    const result = v.safeParse(stampSchema, line);
    if (!result.success) {
      throw new CiloError("CILO_RESTORE_FAILED", `what was saved is damaged: line ${index + 1} of ${toText(file)}`);
    }
    stamps.set(result.output.path, result.output);
  }
  return stamps;
}
