import type { TraceRequest } from "../control/messages.ts";
import type { QueryTrace } from "../control/trace.ts";
import type { Forwarder } from "../dns/forward.ts";
import { traceQuery } from "../dns/trace.ts";
import { formatUpstream } from "../dns/upstreams/upstream.ts";
import type { UpstreamTable } from "../dns/upstreams/upstream-table.ts";
import { formatName, type NameKey } from "../dns/wire/name.ts";
import type { Catalog } from "./catalog.ts";

/** Answers `trace` requests. @throws CILO_USAGE */
export type Tracer = (request: TraceRequest) => Promise<QueryTrace>;

const withheld = {
  rule: "withheld",
  text: "it is not ours, and asked of nobody: Firefox's canary domain, or a probe of this server's",
};

/** Makes what traces queries through the daemon's own zone and forwarder. */
export function createTracer(parts: {
  catalog: Pick<Catalog, "zone" | "revision">;
  forwarder: Forwarder;
  upstreams: () => UpstreamTable;
  isWithheld: (name: NameKey) => boolean;
}): Tracer {
  const { catalog, forwarder, upstreams, isWithheld } = parts;
  return async ({ name, recordType, transport }) => {
    // Both of the same moment.
    const revision = catalog.revision();
    const zone = catalog.zone();
    const trace = await traceQuery({
      name,
      type: recordType,
      transport,
      zone,
      forwarder,
      upstreams: upstreams(),
      isWithheld,
    });
    const { explanation, isWithheld: isKept, server, asked, ...shared } = trace;
    const { rule, text, encloser, origins } = isKept ? { ...explanation, ...withheld } : explanation;
    return {
      ...shared,
      transport,
      revision,
      rule,
      explanation: text,
      encloser: encloser === null ? null : formatName(encloser),
      origins: origins.map((origin) => origin.text),
      upstream: server === null ? null : formatUpstream(server),
      asked: asked.map((attempt) => ({ ...attempt, server: formatUpstream(attempt.server) })),
    };
  };
}
