/** The name, or the first of `name-2`, `name-3`, … that is not taken. */
export function firstFree(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let next = 2; taken.has(free); next += 1) free = `${name}-${next}`;
  return free;
}
