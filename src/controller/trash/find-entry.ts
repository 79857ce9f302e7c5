import { CiloError } from "../../base/errors.ts";
import { keyOf } from "../../model/environment.ts";
import { splitReference } from "../find-environment.ts";
import type { TrashEntry, TrashRecord } from "./entry.ts";

/** An entry that can be restored. */
export type WholeEntry = TrashEntry & { record: TrashRecord };

/** Those entries that can be restored, the latest first. */
export function wholeEntries(entries: readonly TrashEntry[]): WholeEntry[] {
  const whole = entries.filter((entry): entry is WholeEntry => entry.record !== null);
  return whole.toSorted((a, b) => (a.name < b.name ? 1 : -1));
}

/**
 * Finds the entry that is meant: by its own name, or the latest of an environment.
 * @param reference.text "2026-11-20T…-shop-login-1a2b3c4d", "shop/login" or "login"
 * @throws CILO_TRASH_ENTRY_NOT_FOUND, CILO_ENVIRONMENT_AMBIGUOUS
 */
export function findEntry(
  entries: readonly TrashEntry[],
  reference: { text: string; project: string | null },
): WholeEntry {
  const whole = wholeEntries(entries);
  const named = whole.find(({ name }) => name === reference.text);
  if (named) return named;
  const { project, name } = splitReference(reference.text, reference.project);
  const found = whole.filter(
    ({ record: { environment } }) => environment.name === name && (project === null || environment.project === project),
  );
  const keys = [...new Set(found.map(({ record }) => keyOf(record.environment)))];
  const [latest] = found;
  if (latest && keys.length === 1) return latest;
  if (latest) {
    throw new CiloError("CILO_ENVIRONMENT_AMBIGUOUS", `"${name}" may mean ${keys.sort().join(" or ")}`, {
      hint: `name it exactly, for example "${keys[0]}"`,
      details: { candidates: keys },
    });
  }
  throw new CiloError("CILO_TRASH_ENTRY_NOT_FOUND", `nothing is kept of an environment "${reference.text}"`, {
    hint: 'run "cilo restore --list" to see what is',
  });
}
