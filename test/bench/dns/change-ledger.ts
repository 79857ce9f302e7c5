import { addressesAt } from "./change-plan.ts";
import { type Reply, rcodes } from "./dns-message.ts";
import type { serviceNames } from "./served-names.ts";

type ServiceName = (typeof serviceNames)[number];

/** What one environment was, from which change on; `version` null while it is gone. */
interface Entry {
  version: number | null;
  isAcknowledged: boolean;
}

/**
 * Knows which answers are right at any moment: after a change was acknowledged only the new one, and from the moment it
 * is issued until then the old and the new.
 */
export interface ChangeLedger {
  /** A change is about to become known to the server. */
  issue(index: number, version: number | null): void;
  /** The server said that it answers from the environment's last change. */
  acknowledge(index: number): void;
  /** How many changes of an environment were acknowledged: taken down when a query is sent. */
  acknowledgedCount(index: number): number;
  /**
   * Tells whether a reply is right.
   * @param since what `acknowledgedCount` said when the query was sent.
   */
  isRight(reply: Reply, asked: { index: number; service: ServiceName }, since: number): boolean;
}

/** Makes the ledger of environments that are all at version 0. */
export function createChangeLedger(environmentCount: number): ChangeLedger {
  const histories: Entry[][] = Array.from({ length: environmentCount }, () => [{ version: 0, isAcknowledged: true }]);
  const historyOf = (index: number) => histories[index] ?? [];
  return {
    issue: (index, version) => void historyOf(index).push({ version, isAcknowledged: false }),
    acknowledge(index) {
      for (const entry of historyOf(index)) entry.isAcknowledged = true;
    },
    acknowledgedCount: (index) => historyOf(index).filter((entry) => entry.isAcknowledged).length,
    isRight: (reply, { index, service }, since) =>
      historyOf(index)
        .slice(since - 1)
        .some(({ version }) => isAnswerOf(reply, { index, service, version })),
  };
}

/** Tells whether a reply is what an environment's service answers at a version; null when the environment is gone. */
export function isAnswerOf(
  reply: Reply,
  { index, service, version }: { index: number; service: ServiceName; version: number | null },
): boolean {
  if (version === null) return reply.rcode === rcodes.NXDOMAIN && reply.addresses.length === 0;
  return reply.rcode === rcodes.NOERROR && reply.addresses.join() === addressesAt(index, version, service).join();
}
