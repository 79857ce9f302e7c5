import type { EndOfLog } from "../control/log-records.ts";
import type { LogsRequest } from "../control/messages.ts";
import type { KeptLines } from "./kept-log.ts";
import type { LineSender } from "./line-sender.ts";

/**
 * Begins to send the lines that somebody asked for.
 * @returns what ends that, to be called once: with why when the reader is to be told, with null when it is gone.
 */
export type FollowHandler = (request: LogsRequest, sender: LineSender) => (reason: EndOfLog["reason"] | null) => void;

/** Makes what answers `logs` requests. */
export function createFollowHandler(sources: { log: KeptLines; queries: KeptLines }): FollowHandler {
  return ({ queries, tail, follow }, sender) => {
    const source = queries ? sources.queries : sources.log;
    for (const line of source.last(tail)) sender.send(() => line);
    const unwatch = follow ? source.watch((toLine) => sender.send(toLine)) : null;
    if (unwatch === null) sender.end(endOfLog("complete"));
    return (reason) => {
      unwatch?.();
      if (unwatch !== null && reason !== null) sender.end(endOfLog(reason));
    };
  };
}

function endOfLog(reason: EndOfLog["reason"]): string {
  return JSON.stringify({ type: "end", reason } satisfies EndOfLog);
}
