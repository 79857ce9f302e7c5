import type { Namespace } from "./subject.ts";

/**
 * Chooses the network namespaces to probe from: one of each network position, then more of each in turn.
 * @param namespaces in the order in which they are preferred.
 * @param limits.maxPlaces kept to unless there are more positions; those are kept to `limits.maxPositions`.
 */
export function choosePlaces(
  namespaces: readonly Namespace[],
  limits: { maxPlaces: number; maxPositions: number },
): Namespace[] {
  const groups = [...Map.groupBy(namespaces, ({ position }) => position).values()].slice(0, limits.maxPositions);
  const depth = Math.max(0, ...groups.map((group) => group.length));
  const inTurn = Array.from({ length: depth }, (_, index) => groups.flatMap((group) => group[index] ?? [])).flat();
  return inTurn.slice(0, Math.max(limits.maxPlaces, groups.length));
}

/** How many network positions an environment has. */
export function countPositions(namespaces: readonly Namespace[]): number {
  return new Set(namespaces.map(({ position }) => position)).size;
}
