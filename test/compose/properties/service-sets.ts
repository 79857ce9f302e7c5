import type { Copy } from "./copies.ts";

/** P7: the copy has the project's services and no others, with all profiles and with the user's. */
export function findChangedServiceSets({ base, merged, active }: Copy): string[] {
  return [
    ...compare("with every profile", Object.keys(base.services), Object.keys(merged.services)),
    ...compare("with the user's profiles", active.base, active.merged),
  ];
}

function compare(view: string, before: readonly string[], after: readonly string[]): string[] {
  const lost = before.filter((name) => !after.includes(name)).map((name) => `${view}, service ${name} is gone`);
  const added = after.filter((name) => !before.includes(name)).map((name) => `${view}, there is a service ${name}`);
  return [...lost, ...added];
}
