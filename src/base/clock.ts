/** Time as it is given to what needs it, so that tests decide it. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never jump back; for timeouts and durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
