import type { Logger } from "../base/log.ts";
import type { DaemonStatus } from "../control/messages.ts";
import { detectUpstreams, parseUpstream, systemUpstreamEnvironment, type Upstream } from "../dns/upstreams.ts";

/** How often the system is asked again which servers it uses. */
const detectionIntervalMs = 15_000;

/** The servers that names of others are forwarded to, as they are now. */
export interface UpstreamKeeper extends Disposable {
  current(): readonly Upstream[];
  describe(): DaemonStatus["upstreams"];
}

/**
 * @param options.chosen servers the user named; then the system is not asked.
 * @param options.own where we listen, so that we never forward to ourselves.
 */
export async function keepUpstreams(options: {
  chosen: readonly string[];
  own: { address: string; port: number };
  log: Logger;
}): Promise<UpstreamKeeper> {
  const { chosen, own, log } = options;
  const detect = async () =>
    chosen.length > 0
      ? { upstreams: chosen.map(parseUpstream), source: "--upstream", leftOut: [] }
      : await detectUpstreams(systemUpstreamEnvironment, own);
  let report = await detect();
  if (report.upstreams.length === 0) {
    log.warn({ source: report.source, leftOut: report.leftOut }, "no upstream found: only local names will answer");
  }
  const timer = setInterval(() => {
    detect().then(
      (next) => {
        report = next;
      },
      (error: unknown) => log.warn({ error: String(error) }, "the system's DNS servers could not be read again"),
    );
  }, detectionIntervalMs);
  timer.unref();
  return {
    current: () => report.upstreams,
    describe: () => ({
      servers: report.upstreams.map(({ address, port }) =>
        address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
      ),
      source: report.source,
      leftOut: report.leftOut,
    }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
