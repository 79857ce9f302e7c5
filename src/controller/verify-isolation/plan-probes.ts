import { labelKeys } from "../../model/labels.ts";
import type { ProbeLimits } from "./limits.ts";
import { choosePlaces } from "./places.ts";
import type { ProbePlan } from "./probe-places.ts";
import type { Namespace, Subject } from "./subject.ts";
import { targetsOf } from "./targets.ts";
import { wantedNames } from "./wanted-names.ts";

/** What to probe from inside one environment, and how much there would be. */
export interface SidePlan {
  plan: ProbePlan;
  /** Of this environment, before any limit. */
  available: { targets: number; names: number };
}

/**
 * Plans the probes of both directions within the limits; what one side tries of the other is what that one tries of
 * itself.
 */
export function planProbes(
  [first, second]: readonly [Subject, Subject],
  limits: ProbeLimits,
): readonly [SidePlan, SidePlan] {
  const [ofFirst, ofSecond] = [
    { subject: first, targets: targetsOf(first, declaredPorts(first)), names: wantedNames(first, second) },
    { subject: second, targets: targetsOf(second, declaredPorts(second)), names: wantedNames(second, first) },
  ];
  const plan = (own: typeof ofFirst, other: typeof ofFirst): SidePlan => {
    const { namespaces } = own.subject;
    const places = choosePlaces(namespaces, limits);
    return {
      plan: {
        subject: own.subject,
        places,
        spare: namespaces.filter((namespace) => !places.includes(namespace)),
        own: own.targets.slice(0, limits.maxTargets),
        foreign: other.targets.slice(0, limits.maxTargets),
        ownNames: own.names.slice(0, limits.maxNames),
        names: other.names.slice(0, limits.maxNames),
      },
      available: { targets: own.targets.length, names: own.names.length },
    };
  };
  return [plan(ofFirst, ofSecond), plan(ofSecond, ofFirst)];
}

/** The ports that state knows of the service a namespace belongs to. */
function declaredPorts({ environment }: Subject): (namespace: Namespace) => readonly number[] {
  return ({ owner }) => environment.services[owner.labels[labelKeys.service] ?? ""]?.ports ?? [];
}
