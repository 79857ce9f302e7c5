import type { Forwarder } from "../../src/dns/forward.ts";

export interface HeldForwarder {
  forwarder: Forwarder;
  /** One for each query that waits: hands the query itself back in place of a reply. */
  releases: (() => void)[];
}

/** A forwarder that answers nothing until told to. */
export function createHeldForwarder(): HeldForwarder {
  const releases: (() => void)[] = [];
  return {
    releases,
    forwarder: {
      forward: async (query) => {
        await new Promise<void>((resolve) => releases.push(resolve));
        return { packet: Buffer.from(query.packet), source: "upstream", server: null, asked: [] };
      },
      writeCached: () => 0,
      upstreamsChanged: () => {},
      status: () => {
        throw new Error("nobody asks for its status here");
      },
      close: async () => {},
    },
  };
}
