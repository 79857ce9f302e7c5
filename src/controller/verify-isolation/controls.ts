import type { Control } from "./find-method.ts";
import { readAddresses, readOutcomes } from "./methods/read-lines.ts";
import { hasAnswered, type Outcome } from "./outcome.ts";
import { addressesOf, type Namespace, type Subject } from "./subject.ts";
import { formatTarget, type Target } from "./targets.ts";

/** Enough that one service that is not up yet does not spoil the control. */
const maxControlTargets = 4;

/**
 * What a place should reach: targets of its own environment in networks that it is on, in other containers where there
 * are any, else its own.
 * @param targets the environment's.
 */
export function controlTargets(place: Namespace, targets: readonly Target[]): Target[] {
  const networks = new Set(place.endpoints.map(({ networkId }) => networkId));
  const near = targets.filter(({ networkId }) => networks.has(networkId));
  const others = near.filter(({ container }) => container !== place.owner.name);
  return others.length > 0 ? others : near;
}

/** Connections that should be answered at a place. */
export function connectControl(place: Namespace, targets: readonly Target[]): Control {
  const chosen = controlTargets(place, targets).slice(0, maxControlTargets);
  return {
    questions: toQuestions(chosen),
    count: chosen.length,
    isAnswered: (output) => readOutcomes(output, chosen.length).some(hasAnswered),
    isTried: (output) => readOutcomes(output, chosen.length).some((outcome) => outcome !== "unknown"),
  };
}

/** Tells from what was tried at a place whether something of its own that it should reach has answered. */
export function hasReachedItsOwn(
  place: Namespace,
  connections: readonly { target: Target; outcome: Outcome }[],
  own: readonly Target[],
): boolean {
  const wanted = new Set(controlTargets(place, own).map(formatTarget));
  return connections.some(({ target, outcome }) => wanted.has(formatTarget(target)) && hasAnswered(outcome));
}

/** The name that should resolve at a place: that of the container itself, to an address of its environment. */
export function lookupControl(place: Namespace, subject: Subject): Control {
  return {
    questions: [place.owner.name],
    count: 1,
    isAnswered: (output) => isOwnName(readAddresses(output, 1)[0], subject),
    // A shell that misses a program says so with 126 or 127.
    isTried: (output) => /^0 (?!12[67]\b)\d/m.test(output),
  };
}

/** Whether an answer has an address of the environment. */
export function isOwnName(addresses: readonly string[] | null | undefined, subject: Subject): boolean {
  const own = addressesOf(subject);
  return (addresses ?? []).some((address) => own.has(address));
}

/** Targets as the methods take them. */
export function toQuestions(targets: readonly Target[]): string[] {
  return targets.flatMap(({ address, port }) => [address, String(port)]);
}
