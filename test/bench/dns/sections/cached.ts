import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addressExpectations, checkAnswers } from "../check-answers.ts";
import { toWireText } from "../dns-message.ts";
import { addressForForeign } from "../foreign-address.ts";
import { explainMissing } from "../packages.ts";
import { addressQueries } from "../query-mix.ts";
import { type Contender, ratiosOf, runRounds, standingsOf } from "../rounds.ts";
import type { SectionResult } from "../section-result.ts";
import { makeForeignNames } from "../served-names.ts";
import type { BenchedServer } from "../servers/benched-server.ts";
import { startCilo } from "../servers/cilo.ts";
import { startDnsmasq } from "../servers/dnsmasq.ts";
import { startDns2, startRaw, startTunedRaw, startUpstream } from "../servers/node-servers.ts";
import { startUnbound } from "../servers/unbound.ts";
import { formatStandings, judgeRates, problemsOf } from "../standings.ts";
import type { SectionContext } from "./section-context.ts";

const nameCount = 1_000;

/**
 * Answers of an upstream from the cache. Every server is asked all names once before, so none of them reaches the
 * upstream while it is measured.
 */
export async function benchCached(context: SectionContext): Promise<SectionResult> {
  const { bench, extent, installed, say } = context;
  const addresses = foreignAddresses(nameCount);
  const queriesFile = join(bench.directory, "cached.txt");
  await writeFile(queriesFile, `${addressQueries([...addresses.keys()]).join("\n")}\n`);
  const upstream = await startUpstream(bench, "load");
  const servers = await startCachingServers(context, { addresses, upstreamPort: upstream.port });
  try {
    const expectations = addressExpectations(addresses);
    const checked = await Promise.all(servers.map((server) => checkAnswers(server, expectations)));
    const contenders = servers.map((server): Contender => ({ label: server.name, server, queriesFile }));
    say(`cached answers: ${contenders.map(({ label }) => label).join(", ")}`);
    const results = await runRounds(bench, { ...extent, contenders, seconds: extent.roundSeconds, transport: "udp" });
    const standings = standingsOf(results);
    return {
      name: "cached",
      title: `Cached forwarded answers (${nameCount} names)`,
      text: [note, formatStandings(results)].join("\n\n"),
      data: { standings, ratios: ratiosOf(results) },
      targets: judgeRates("cached forwarded answers", results),
      problems: [
        ...checked.flatMap(({ problems }) => problems),
        ...problemsOf({ servers: [...servers, upstream], standings, allowedRcodes: ["NOERROR"] }),
      ],
      omissions: explainMissing(installed, ["dnsmasq", "unbound"]),
    };
  } finally {
    await Promise.all([...servers, upstream].map((server) => server.end()));
  }
}

const note =
  "Addresses of names that a local upstream has answered before with TTL 300. raw and dns2 have no cache: they " +
  "hold the same names as their own.";

/** Names of others, each with the address that the upstream gives it. */
export function foreignAddresses(count: number): Map<string, string> {
  return new Map(makeForeignNames(count).map((name) => [name, addressForForeign(toWireText(name))]));
}

/** Starts everyone that is installed, cilo first. */
export async function startCachingServers(
  { bench, installed }: Pick<SectionContext, "bench" | "installed">,
  { addresses, upstreamPort }: { addresses: ReadonlyMap<string, string>; upstreamPort: number },
): Promise<BenchedServer[]> {
  const place = "server";
  const servers: BenchedServer[] = [
    await startCilo(bench, { place, environments: [], upstreamPort }),
    await startRaw(bench, addresses),
    await startTunedRaw(bench, addresses),
    await startDns2(bench, addresses),
  ];
  if (installed.dnsmasq !== null) servers.push(await startDnsmasq(bench, { place, upstreamPort }));
  if (installed.unbound !== null) servers.push(await startUnbound(bench, { place, upstreamPort }));
  return servers;
}
