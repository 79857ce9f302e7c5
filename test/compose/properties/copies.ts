import type { CanonicalModel } from "./canonical-model.ts";

/** What is known of an environment besides its models. */
export interface CopyFacts {
  installation: string;
  environment: { id: string; project: string; name: string; suffix: string };
  composeProject: string;
  networkName: string;
  /** The first three numbers of its /24: "10.224.3". */
  subnet: string;
  /** The address reserved for each service. */
  addresses: Readonly<Record<string, string | null>>;
  /** The copy's top directory, absolute. */
  workspaceRoot: string;
  /** Services that are shared: in the copy each is a stub that never starts. */
  shared: readonly string[];
  /** What the user is told about the copy, values in it not masked. */
  messages: readonly string[];
  /** The text of the override. */
  override: string;
}

/** One environment of a project: the project as its files say it, and merged with the override, both under the environment's name of a Compose project. */
export interface Copy {
  /** All services, whatever their profiles. */
  base: CanonicalModel;
  merged: CanonicalModel;
  /** Names of the services that are on with the user's profiles, as Compose has it. */
  active: { base: readonly string[]; merged: readonly string[] };
  facts: CopyFacts;
}

/** Two environments of one project, which differ in everything an environment has of its own. */
export interface Copies {
  a: Copy;
  b: Copy;
}

/** Looks for what contradicts a property; each problem is a sentence that names service and field. */
export type Property = (copies: Copies) => string[];

/** Makes a property of a pair out of one that each copy has by itself. */
export function ofEachCopy(check: (copy: Copy) => string[]): Property {
  return ({ a, b }) =>
    [a, b].flatMap((copy) => check(copy).map((problem) => `${copy.facts.environment.name}: ${problem}`));
}

/** Whether the same value in both copies is one that the project's files fix, so that it is the same in every copy. */
export function isFixed(inA: string | undefined, inB: string | undefined): boolean {
  return inA !== undefined && inA === inB;
}
