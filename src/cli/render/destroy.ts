import type { DestroyPlan } from "../../controller/plan-destroy.ts";
import { keyOf } from "../../model/environment.ts";

/** What `cilo destroy` says before it asks, a line each. */
export function renderDestroyPlan(plan: DestroyPlan): string[] {
  return [
    `This removes ${keyOf(plan.environment)}:`,
    ...plan.containers.map((container) => `  container ${container}`),
    ...plan.networks.map((network) => `  network ${network}`),
    ...plan.volumes.map((volume) => `  volume ${volume} with its data`),
    ...plan.images.map((image) => `  image ${image}`),
    ...(plan.standIns === null ? [] : [`  directories beside it, ${plan.standIns}, with their data`]),
    ...(plan.workspace === null ? [] : [`  workspace ${plan.workspace}`]),
    ...section("What is nowhere else:", plan.protected),
    ...section("What no undo would bring back:", plan.leftOut),
    ...(plan.undoDays === null ? [] : [describeUndo(keyOf(plan.environment), plan.undoDays, plan.leftOut.length > 0)]),
  ];
}

function describeUndo(key: string, days: number, isPartial: boolean): string {
  const rest = isPartial ? "the rest" : "it";
  return `"cilo restore ${key}" can bring ${rest} back for ${days === 1 ? "1 day" : `${days} days`}.`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** The way back, with the day it ends. */
export function renderUndo(key: string, until: Date): string {
  return `undo with "cilo restore ${key}" until ${until.toISOString().slice(0, 10)}\n`;
}
