import { setImmediate as nextTurn } from "node:timers/promises";
import { Flight, type FlightOptions, type Waiter } from "./flight.ts";
import type { Forwarded } from "./forwarded.ts";
import type { QuestionKey } from "./question-key.ts";

export type FlightsOptions = Pick<FlightOptions, "lookUp" | "onEnd">;

/**
 * How many queries may wait, and how many questions may be under way: a dead upstream costs only foreign names, and
 * bounded memory.
 */
const maxInFlight = 1_000;
/** Questions that are asked anew in one turn of the event loop, at some 50 microseconds each. */
const askedAgainPerTurn = 32;

/**
 * The questions that are under way. Those that are the same are one, however many clients ask: each more would be one
 * more chance to forge its reply (VU#457875).
 */
export class Flights {
  readonly #options: FlightsOptions;
  readonly #flights = new Map<QuestionKey, Flight>();
  #waiting = 0;
  #coalesced = 0;
  #isClosed = false;

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** Queries that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Queries that found their question under way. */
  get coalesced(): number {
    return this.#coalesced;
  }

  /** Waits for the question's answer, asking for it if nobody is; null when too many wait already. */
  join(key: QuestionKey, waiter: Waiter): Promise<Forwarded> | null {
    if (this.#isClosed || this.#waiting >= maxInFlight) return null;
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) this.#coalesced += 1;
    else if (this.#flights.size >= maxInFlight) return null;
    return this.#wait(underWay ?? this.#begin(key, waiter), waiter);
  }

  /** Asks for everything anew: the servers are others. A few at a time, so that nothing else has to wait. */
  async askAgain(): Promise<void> {
    const flights = [...this.#flights.values()];
    for (const flight of flights) flight.markOutdated();
    for (const [index, flight] of flights.entries()) {
      if (index % askedAgainPerTurn === askedAgainPerTurn - 1) await nextTurn();
      flight.askAgain();
    }
  }

  /** Takes no more, ends all. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const flights = [...this.#flights.values()];
    for (const flight of flights) flight.close();
    await Promise.all(flights.map((flight) => flight.ended));
  }

  #begin(key: QuestionKey, { query }: Waiter): Flight {
    const { lookUp, onEnd } = this.#options;
    const flight = new Flight({
      key,
      query,
      lookUp,
      onEnd: (ended, result) => {
        this.#flights.delete(key);
        return onEnd(ended, result);
      },
    });
    this.#flights.set(key, flight);
    return flight;
  }

  async #wait(flight: Flight, waiter: Waiter): Promise<Forwarded> {
    this.#waiting += 1;
    const forwarded = await flight.wait(waiter);
    this.#waiting -= 1;
    return forwarded;
  }
}
