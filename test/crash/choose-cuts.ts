import type { Instant } from "../support/faults.ts";
import type { Cut } from "./cut.ts";
import type { Scenario } from "./scenarios.ts";

/** What a command passed while nothing cut it off. */
export interface Recording {
  scenario: Scenario;
  instants: readonly Instant[];
}

/** Writing state has a matrix of its own, which needs no engine. */
export function isOfStateWrite(point: string): boolean {
  return /^(state|file|lock)\./.test(point);
}

/** Every passing of every point, with the same command next and with each other one, as far as they are wanted. */
export function chooseAll(recordings: readonly Recording[], isWanted: (next: Cut["next"]) => boolean): Cut[] {
  return recordings.flatMap(({ scenario, instants }) =>
    thin(instants).flatMap((instant) =>
      (["same", ...scenario.others] as const).filter(isWanted).map((next): Cut => ({ scenario, instant, next })),
    ),
  );
}

/** Every point of the first command, and of each of the others those that no command before it passes; the same command comes next. */
export function chooseDaily([first, ...others]: readonly Recording[]): Cut[] {
  const taken = new Set(first?.instants.map(({ point }) => point));
  const news = others.flatMap(({ scenario, instants }) =>
    instants.flatMap((instant): Cut[] => {
      if (isOfStateWrite(instant.point) || taken.has(instant.point)) return [];
      taken.add(instant.point);
      return [{ scenario, instant, next: "same" }];
    }),
  );
  const all =
    first === undefined ? [] : thin(first.instants).map((instant): Cut => ({ ...first, instant, next: "same" }));
  return [...all, ...news];
}

/** Of a point that is passed again and again, the first two passings and the last. */
function thin(instants: readonly Instant[]): Instant[] {
  return instants.filter(({ point, passing }) => {
    if (isOfStateWrite(point)) return false;
    return passing <= 2 || !instants.some((later) => later.point === point && later.passing > passing);
  });
}
