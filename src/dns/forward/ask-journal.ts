import type { Upstream } from "../upstreams/upstream.ts";
import type { Transport } from "../wire/reply.ts";

/** One message to an upstream and what came of it. */
export interface AskedUpstream {
  server: Upstream;
  transport: Transport;
  /** "answered", "truncated", "SERVFAIL", "connection refused", "no answer in 400 ms" */
  outcome: string;
  elapsedMs: number;
}

interface OpenAsk extends AskedUpstream {
  startedMs: number;
  isOpen: boolean;
}

/** Keeps what was sent for one question, in the order it was. */
export class AskJournal {
  readonly #asks: OpenAsk[] = [];

  /** A message was sent. @returns takes the outcome, and says how long it took in milliseconds. */
  begin(server: Upstream, transport: Transport): (outcome: string) => number {
    const ask: OpenAsk = { server, transport, outcome: "", elapsedMs: 0, startedMs: performance.now(), isOpen: true };
    this.#asks.push(ask);
    return (outcome) => {
      if (ask.isOpen) close(ask, outcome);
      return ask.elapsedMs;
    };
  }

  /** Nothing more will be waited for. @returns those that were still waiting. */
  end(): AskedUpstream[] {
    const open = this.#asks.filter((ask) => ask.isOpen);
    for (const ask of open) close(ask, `no answer in ${Math.round(performance.now() - ask.startedMs)} ms`);
    return open;
  }

  list(): AskedUpstream[] {
    return this.#asks.map(({ server, transport, outcome, elapsedMs }) => ({ server, transport, outcome, elapsedMs }));
  }
}

function close(ask: OpenAsk, outcome: string): void {
  ask.outcome = outcome;
  ask.elapsedMs = performance.now() - ask.startedMs;
  ask.isOpen = false;
}
