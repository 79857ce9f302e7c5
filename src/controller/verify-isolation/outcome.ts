/**
 * What came of a connection: `open` and `refused` were answered, `unreachable` says that no way leads there, `silent`
 * that no answer came in time, and `unknown` that what tried it did not say.
 */
export type Outcome = "open" | "refused" | "unreachable" | "silent" | "unknown";

/** Exit codes of what was ended because its time was over: by timeout(1) of coreutils and busybox, by SIGKILL. */
const endedCodes = new Set([124, 137, 143]);

const messages: readonly [RegExp, Outcome][] = [
  // A program that has not the option it was given explains all it has, timeouts among them.
  [/usage:|invalid option|unrecognized option|illegal option/i, "unknown"],
  [/refused|ECONNREFUSED/i, "refused"],
  [/no route|unreachable|EHOSTUNREACH|ENETUNREACH|prohibited|not permitted|EACCES|EPERM|EADDRNOTAVAIL/i, "unreachable"],
  [/timed? ?-?out|ETIMEDOUT|EAGAIN|EINPROGRESS/i, "silent"],
];

/** Reads how a program that tried to connect ended; 0 means that it did connect. */
export function toOutcome(exitCode: number, message: string): Outcome {
  if (exitCode === 0) return "open";
  const known = messages.find(([pattern]) => pattern.test(message));
  if (known) return known[1];
  return endedCodes.has(exitCode) ? "silent" : "unknown";
}

/** Tells whether the connection got there, as far as the one who tried can tell. */
export function hasAnswered(outcome: Outcome | undefined): outcome is "open" | "refused" {
  return outcome === "open" || outcome === "refused";
}
