import { setTimeout as delay } from "node:timers/promises";
import { formatTable } from "../../markdown.ts";
import { type Distribution, distributionOf } from "../../statistics.ts";
import type { Target } from "../../target.ts";
import { readReply, toWireText, types } from "../dns-message.ts";
import { addressForForeign } from "../foreign-address.ts";
import { explainMissing } from "../packages.ts";
import type { SectionResult } from "../section-result.ts";
import type { BenchedServer } from "../servers/benched-server.ts";
import { startCilo } from "../servers/cilo.ts";
import { startDnsmasq } from "../servers/dnsmasq.ts";
import { startUpstream } from "../servers/node-servers.ts";
import { startUnbound } from "../servers/unbound.ts";
import { openUdpClient, type UdpClient } from "../udp-client.ts";
import type { SectionContext } from "./section-context.ts";

/** Pause between two pairs: about 300 queries a second, which is more than a busy machine asks. */
const pauseMs = 2;
/** Pairs that do not count: code is compiled and sockets are opened in them. */
const warmUpPairs = 300;
const targetMs = { p50: 0.3, p99: 1 };

/** One forwarder against the upstream itself, in milliseconds. */
interface Comparison {
  server: string;
  direct: Distribution;
  through: Distribution;
  /** Of the differences within each pair. */
  added: Distribution;
  problems: string[];
}

/**
 * What a forwarder adds to an answer that it does not have yet. Names are unique; each is asked of the upstream itself
 * and another of the forwarder right before or after it, so that both meet the same moment of the machine.
 */
export async function benchForward({ bench, extent, installed, say }: SectionContext): Promise<SectionResult> {
  const place = "any";
  const upstream = await startUpstream(bench, place);
  const upstreamPort = upstream.port;
  const servers: BenchedServer[] = [await startCilo(bench, { place, environments: [], upstreamPort })];
  if (installed.dnsmasq !== null) servers.push(await startDnsmasq(bench, { place, upstreamPort }));
  if (installed.unbound !== null) servers.push(await startUnbound(bench, { place, upstreamPort }));
  try {
    const comparisons: Comparison[] = [];
    for (const server of servers) {
      say(`uncached answers through ${server.name}`);
      comparisons.push(await compare(upstream, server, extent.pairs));
    }
    return {
      name: "forward",
      title: `Uncached forwarded answers (${extent.pairs} pairs)`,
      text: `${note}\n\n${formatComparisons(comparisons)}`,
      data: comparisons,
      targets: comparisons.filter(({ server }) => server === "cilo").flatMap(judge),
      problems: [...comparisons.flatMap(({ problems }) => problems), ...servers.flatMap((it) => it.problem() ?? [])],
      omissions: explainMissing(installed, ["dnsmasq", "unbound"]),
    };
  } finally {
    await Promise.all([...servers, upstream].map((server) => server.end()));
  }
}

const note =
  "Round trips in milliseconds as one client sees them, sequential, processes on any CPU. Each pair asks the " +
  "upstream itself and the forwarder one unique name each, in alternating order; *added* is the difference " +
  "within the pair, so its p99 has the noise of both.";

async function compare(upstream: BenchedServer, server: BenchedServer, pairs: number): Promise<Comparison> {
  using direct = await openUdpClient(upstream.port);
  using through = await openUdpClient(server.port);
  const elapsed = { direct: [] as number[], through: [] as number[] };
  const problems: string[] = [];
  const clients = { direct, through };
  for (let pair = -warmUpPairs; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (["direct", "through"] as const) : (["through", "direct"] as const);
    for (const way of order) {
      const name = `${way}-${pair + warmUpPairs}.${server.name}.bench.example.com`;
      const outcome = await askOnce(clients[way], name);
      if (outcome.problem !== null) problems.push(`${way === "direct" ? "upstream" : server.name}: ${outcome.problem}`);
      if (pair >= 0) elapsed[way].push(outcome.elapsedMs);
    }
    await delay(pauseMs);
  }
  const added = elapsed.through.map((milliseconds, index) => milliseconds - (elapsed.direct[index] ?? Number.NaN));
  return {
    server: server.name,
    direct: distributionOf(elapsed.direct),
    through: distributionOf(elapsed.through),
    added: distributionOf(added),
    problems,
  };
}

async function askOnce(client: UdpClient, name: string): Promise<{ elapsedMs: number; problem: string | null }> {
  const began = performance.now();
  const packet = await client.ask(name, types.A);
  const elapsedMs = performance.now() - began;
  if (packet === null) return { elapsedMs, problem: `no answer for ${name}` };
  const expected = addressForForeign(toWireText(name));
  const { rcode, addresses } = readReply(packet);
  const isRight = rcode === 0 && addresses.join() === expected;
  return { elapsedMs, problem: isRight ? null : `${name}: response code ${rcode}, ${addresses}, not ${expected}` };
}

function formatComparisons(comparisons: readonly Comparison[]): string {
  const both = ({ p50, p99 }: Distribution) => `${p50.toFixed(3)} / ${p99.toFixed(3)}`;
  return formatTable([
    ["forwarder", "upstream itself, p50 / p99", "through it, p50 / p99", "added, p50 / p99"],
    ...comparisons.map(({ server, direct, through, added }) => [server, both(direct), both(through), both(added)]),
  ]);
}

function judge({ added }: Comparison): Target[] {
  return (["p50", "p99"] as const).map((quantile) => ({
    what: `uncached forwarded answers, added latency ${quantile}`,
    figure: `<= ${targetMs[quantile]} ms`,
    measured: `${added[quantile].toFixed(3)} ms`,
    isReached: added[quantile] <= targetMs[quantile],
  }));
}
