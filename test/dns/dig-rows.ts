import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { dig, digIsMissing } from "./dig.ts";
import { type FakeUpstream, replyTo, startFakeUpstream } from "./fake-upstream.ts";
import { type RunningServer, type RunningServerOptions, startServer } from "./running-server.ts";

/** A question and what dig shows for it. Not given: NOERROR, flags "qr aa rd ra", no records, our OPT. */
export interface DigRow {
  /** Of the checklist. */
  item: string;
  /** Arguments of dig. */
  question: string;
  status?: string;
  flags?: string;
  answer?: string[];
  authority?: string[];
  /** Empty for none. */
  edns?: string;
}

/**
 * Declares a test for every row by UDP and by TCP, with one server for all, and one that none of the questions went to
 * an upstream.
 */
export function describeDigRows(title: string, rows: readonly DigRow[], options: RunningServerOptions = {}): void {
  describe(title, { skip: digIsMissing, concurrency: 4 }, () => {
    let upstream: FakeUpstream;
    let running: RunningServer;
    before(async () => {
      upstream = await startFakeUpstream(({ query }) => [replyTo(query)]);
      running = await startServer({ upstreams: [upstream.upstream], ...options });
    });
    after(async () => {
      await running[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      assert.deepEqual(
        upstream.received.map(({ query }) => query.toString("latin1", 12)),
        [],
        "an upstream was asked",
      );
    });

    for (const row of rows) {
      for (const transport of ["+notcp", "+tcp"]) {
        test(`${row.item}: ${row.question} ${transport}`, async () => {
          const reply = await dig(running.port, [...row.question.split(" "), transport]);

          const edns = row.edns === "" ? null : (row.edns ?? "version: 0, flags:; udp: 1232");
          const { status = "NOERROR", flags = "qr aa rd ra", answer = [], authority = [] } = row;
          assert.deepEqual(reply, { status, flags, edns, answer, authority });
        });
      }
    }
  });
}
