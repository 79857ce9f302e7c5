import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { findPortOwner } from "../base/port-owner.ts";
import { createForwarder, type Forwarder } from "../dns/forward.ts";
import { createDnsServer, type DnsServer } from "../dns/server.ts";
import { formatUpstream } from "../dns/upstreams/upstream.ts";
import { defaultDnsPort } from "../model/state.ts";
import type { Catalog } from "./catalog.ts";
import type { DecidedOptions } from "./options.ts";
import type { QueryLog } from "./query-log.ts";
import { createTracer, type Tracer } from "./trace-query.ts";
import { keepUpstreams, type UpstreamKeeper } from "./upstream-keeper.ts";
import { createWithheldNames } from "./withheld-names.ts";

/** The DNS server at work, with what it forwards by. */
export interface RunningNames extends AsyncDisposable {
  listening: { address: string; port: number };
  dns: DnsServer;
  forwarder: Forwarder;
  upstreams: UpstreamKeeper;
  trace: Tracer;
}

/**
 * Starts to answer names: ours from the catalog, others by forwarding.
 * @throws CILO_PORT_IN_USE, CILO_LISTEN_FAILED, CILO_PERMISSION_DENIED, CILO_USAGE
 */
export async function startNames(parts: {
  decided: DecidedOptions;
  catalog: Catalog;
  queries: QueryLog;
  log: Logger;
}): Promise<RunningNames> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    return { ...(await start(parts, closers)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param closers given what closes each part that was started, in their order. */
async function start(
  { decided, catalog, queries, log }: Parameters<typeof startNames>[0],
  closers: (() => unknown)[],
): Promise<Omit<RunningNames, typeof Symbol.asyncDispose>> {
  const { allow, blockRebinding, firefoxCanary } = decided;
  let own = { address: decided.address, port: decided.port };
  const chosen = { chosen: decided.upstreams, chosenSource: decided.upstreamsSource };
  const upstreams = await keepUpstreams({ ...chosen, own: () => [own], log });
  closers.push(() => upstreams[Symbol.dispose]());
  const { table, suspect } = upstreams;
  const { subnets } = catalog;
  const forwarder = createForwarder({ upstreams: table, onFailure: suspect, log, blockRebinding, subnets });
  closers.push(() => forwarder.close());
  upstreams.onChange(() => forwarder.upstreamsChanged());
  const isWithheld = createWithheldNames({ firefoxCanary, isOwnProbe: upstreams.isOwnProbe });
  const { observer } = queries;
  const dns = createDnsServer({ ...own, zone: catalog.zone, forwarder, allow, isWithheld, observer, log });
  closers.push(() => dns.close());
  const listening = await listen(dns);
  own = listening;
  if (isUnspecified(own.address) && allow.length === 0) {
    log.warn(own, "listening for others and answering none: allow them with --allow");
  }
  // Only now can a server be seen to ask us in turn; that is no reason to keep anybody waiting.
  void upstreams.lookNow();
  const trace = createTracer({ catalog, forwarder, upstreams: table, isWithheld });
  return { listening, dns, forwarder, upstreams, trace };
}

async function listen(dns: DnsServer): Promise<{ address: string; port: number }> {
  try {
    return await dns.start();
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_PORT_IN_USE") throw error;
    const { address, port } = error.details as { address: string; port: number };
    const owner = await findPortOwner({ address, port });
    const by = owner ? `${owner.command} (pid ${owner.pid})` : "another process";
    throw new CiloError(
      "CILO_PORT_IN_USE",
      `cannot listen on ${formatUpstream({ address, port })}: address in use by ${by}`,
      {
        hint: `end it, or choose another port: "cilo dns start --port ${anotherPort(port)}"`,
        details: { address, port, owner },
        cause: error,
      },
    );
  }
}

function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** One that every user may listen on. */
function anotherPort(port: number): number {
  return port < 1_024 || port > 65_435 ? defaultDnsPort : port + 100;
}
