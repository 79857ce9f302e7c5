/** Lines of a query file as dnsperf reads them: a name and a type. */
export type QueryLine = string;

const lineCount = 10_000;

/**
 * What a machine asks for local names: of ten queries seven for an address, one for AAAA (NODATA), one for a name that
 * does not exist, and one for an address in mixed case, in an order that has no pattern but is always the same.
 */
export function localQueries(names: readonly string[]): QueryLine[] {
  const random = createRandom(1);
  const lines = Array.from({ length: lineCount }, (_, index) => {
    const name = pick(names, random);
    switch (index % 10) {
      case 7:
        return `${name} AAAA`;
      case 8:
        return `missing-${index}.${name.slice(name.indexOf(".") + 1)} A`;
      case 9:
        return `${mixCase(name)} A`;
      default:
        return `${name} A`;
    }
  });
  return shuffle(lines, random);
}

/** The share of `localQueries` that is answered NXDOMAIN. */
export const missingShare = 0.1;

/** Addresses of names at random. */
export function addressQueries(names: readonly string[]): QueryLine[] {
  const random = createRandom(2);
  return Array.from({ length: lineCount }, () => `${pick(names, random)} A`);
}

/** Upper case for every other letter, as a client that hides entropy in the case of names would have it. */
export function mixCase(name: string): string {
  return [...name].map((letter, index) => (index % 2 === 0 ? letter.toUpperCase() : letter)).join("");
}

/** Pseudo-random numbers in [0, 1), the same for the same seed (Park and Miller's minimal standard generator). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One of the values at random. @throws RangeError when there is none. */
export function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError("there is nothing to pick from");
  return value;
}

/** Fisher and Yates's own shuffle: draws until none is left. */
function shuffle<T>(values: readonly T[], random: () => number): T[] {
  const left = [...values];
  return values.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
