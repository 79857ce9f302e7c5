import { formatCounts, formatPercent, formatSpread, formatTable } from "../markdown.ts";
import type { Target } from "../target.ts";
import { type ComparedFigure, type Round, ratioTo, type Standing, standingsOf } from "./rounds.ts";
import type { BenchedServer } from "./servers/benched-server.ts";

type Results = ReadonlyMap<string, readonly Round[]>;

/** Shares of the raw responder's and of dns2's rate that are to be reached (design section 10). */
const leastShareOfRaw = 0.95;
const leastShareOfDns2 = 1.7;

/** A table of servers with their rates, and cilo's ratio to each. */
export function formatStandings(results: Results): string {
  const rows = standingsOf(results).map((standing) => {
    const ratio = (figure: ComparedFigure) => {
      const spread = standing.label === "cilo" ? null : ratioTo(standing.label, results, figure);
      return spread === null ? "" : formatSpread(spread);
    };
    return [
      standing.label,
      formatCounts(standing.queriesPerSecond),
      ratio("queriesPerSecond"),
      formatSpread(standing.cpuMicrosecondsPerQuery, 1),
      ratio("cpuMicrosecondsPerQuery"),
      formatPercent(standing.cpuShare.median),
      `${standing.lost}`,
    ];
  });
  return formatTable([
    ["server", "answers/s, median (range)", "cilo ÷ it", "CPU µs/query", "cilo ÷ it", "CPU in use", "lost"],
    ...rows,
  ]);
}

/** The design's shares of other servers' rates; the ratio to dnsmasq has an aim instead of a figure. */
export function judgeRates(what: string, results: Results): Target[] {
  const figures = [
    { other: "raw", least: leastShareOfRaw, figure: `>= ${leastShareOfRaw} x raw responder` },
    { other: "dns2", least: leastShareOfDns2, figure: `>= ${leastShareOfDns2} x stock dns2` },
    { other: "dnsmasq", least: 1, figure: "towards 1.0 x dnsmasq (aim)" },
  ];
  return figures.flatMap(({ other, least, figure }) => {
    const ratio = ratioTo(other, results, "queriesPerSecond");
    if (ratio === null) return [];
    return [{ what, figure, measured: `${formatSpread(ratio)} x`, isReached: ratio.median >= least }];
  });
}

/** What makes rounds worthless: servers that ended, and replies that say something else than was asked for. */
export function problemsOf(options: {
  servers: readonly BenchedServer[];
  standings: readonly Standing[];
  allowedRcodes: readonly string[];
}): string[] {
  const { servers, standings, allowedRcodes } = options;
  const ended = servers.flatMap((server) => server.problem() ?? []);
  const wrong = standings.flatMap(({ label, rcodes }) =>
    Object.entries(rcodes)
      .filter(([code]) => !allowedRcodes.includes(code))
      .map(([code, count]) => `${label} answered ${code} ${count} times under load`),
  );
  return [...ended, ...wrong];
}
