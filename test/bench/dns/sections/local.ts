import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatTable } from "../../markdown.ts";
import { type AnswerTraits, checkAnswers, localExpectations } from "../check-answers.ts";
import { explainMissing } from "../packages.ts";
import { localQueries } from "../query-mix.ts";
import { type Contender, ratiosOf, runRounds, standingsOf } from "../rounds.ts";
import type { SectionResult } from "../section-result.ts";
import { addressesByName, makeEnvironments } from "../served-names.ts";
import type { BenchedServer } from "../servers/benched-server.ts";
import { startCilo } from "../servers/cilo.ts";
import { startDnsmasq } from "../servers/dnsmasq.ts";
import { startDns2, startRaw, startTunedRaw } from "../servers/node-servers.ts";
import { startUnbound } from "../servers/unbound.ts";
import { formatStandings, judgeRates, problemsOf } from "../standings.ts";
import type { SectionContext } from "./section-context.ts";

const environmentCount = 200;
const allowedRcodes = ["NOERROR", "NXDOMAIN"];

/** Answers from the zone: cilo, the floor, and the servers it replaces, with the same thousand names. */
export async function benchLocal(context: SectionContext): Promise<SectionResult> {
  const { bench, extent, installed, say } = context;
  const addresses = addressesByName(makeEnvironments(environmentCount));
  const queriesFile = join(bench.directory, "local.txt");
  await writeFile(queriesFile, `${localQueries([...addresses.keys()]).join("\n")}\n`);
  const servers = await startLocalServers(context);
  try {
    const { traits, problems } = await checkLocalAnswers(servers, addresses);
    const contenders = servers.map((server): Contender => ({ label: server.name, server, queriesFile }));
    say(`local answers by UDP: ${contenders.map(({ label }) => label).join(", ")}`);
    const udp = await runRounds(bench, { ...extent, contenders, seconds: extent.roundSeconds, transport: "udp" });
    say("local answers by TCP");
    const tcp = await runRounds(bench, { contenders, rounds: 1, seconds: extent.roundSeconds, transport: "tcp" });
    const standings = { udp: standingsOf(udp), tcp: standingsOf(tcp) };
    return {
      name: "local",
      title: `Local answers (${addresses.size} names)`,
      text: [mixNote, formatStandings(udp), formatTraits(traits), tcpNote, formatStandings(tcp)].join("\n\n"),
      data: { standings, traits, ratios: ratiosOf(udp) },
      targets: judgeRates("local answers", udp),
      problems: [
        ...problems,
        ...problemsOf({ servers, standings: [...standings.udp, ...standings.tcp], allowedRcodes }),
      ],
      omissions: explainMissing(installed, ["dnsmasq", "unbound"]),
    };
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}

/** With `address=` lines an A-only name does not exist for AAAA, which musl's resolver takes for the whole name. */
export function answersNoData({ name }: BenchedServer): boolean {
  return name !== "dnsmasq address=";
}

const mixNote =
  "Seven of ten queries are for an A record, one for AAAA (NODATA), one for a name that does not exist " +
  "(NXDOMAIN), one in mixed case; all with EDNS. dnsmasq is given the names as `host-record=` lines, which is " +
  "the kinder way (a hash table, exact names); `address=` lines also answer every name below, and AAAA with " +
  "NXDOMAIN. unbound has `local-data` and one thread; raw is `raw-responder.ts`, " +
  "once as it comes and once with a look-up of its own for addresses, which spares each reply a turn of the event loop.";

const tcpNote =
  "By TCP, one round, pipelined on four connections (dnsmasq handles each in a process of its own, whose CPU " +
  "time is not in the table, and closes it after 100 queries, losing those under way):";

async function checkLocalAnswers(
  servers: readonly BenchedServer[],
  addresses: ReadonlyMap<string, string>,
): Promise<{ traits: AnswerTraits[]; problems: string[] }> {
  const expectations = localExpectations(addresses);
  const checked = await Promise.all(
    servers.map((server) =>
      checkAnswers(
        server,
        expectations.filter(({ what }) => what !== "NODATA" || answersNoData(server)),
      ),
    ),
  );
  return { traits: checked.map(({ traits }) => traits), problems: checked.flatMap(({ problems }) => problems) };
}

/** Starts everyone that is installed, cilo first. */
export async function startLocalServers({
  bench,
  installed,
}: Pick<SectionContext, "bench" | "installed">): Promise<BenchedServer[]> {
  const environments = makeEnvironments(environmentCount);
  const addresses = addressesByName(environments);
  const place = "server";
  const servers = [
    await startCilo(bench, { place, environments }),
    await startRaw(bench, addresses),
    await startTunedRaw(bench, addresses),
    await startDns2(bench, addresses),
  ];
  if (installed.dnsmasq !== null) {
    servers.push(await startDnsmasq(bench, { place, addresses }));
    servers.push(await startDnsmasq(bench, { place, addresses, lines: "address" }));
  }
  if (installed.unbound !== null) servers.push(await startUnbound(bench, { place, addresses }));
  return servers;
}

const traitsNote =
  "Every server gave the same response codes and addresses, but for AAAA with `address=` lines. What else is in the " +
  "answers:";

function formatTraits(traits: readonly AnswerTraits[]): string {
  const rows = traits.map(({ server, ttlSeconds, authoritative, hasOpt, soaIn }) => [
    server,
    `${ttlSeconds} s`,
    authoritative ? "yes" : "no",
    hasOpt ? "yes" : "no",
    soaIn.join(", ") || "none",
  ]);
  return `${traitsNote}\n\n${formatTable([["server", "TTL", "AA", "OPT", "SOA in"], ...rows])}`;
}
