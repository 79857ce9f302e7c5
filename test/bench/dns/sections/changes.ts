import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../../../../src/base/errors.ts";
import { formatCount, formatTable } from "../../markdown.ts";
import { type Distribution, distributionOf } from "../../statistics.ts";
import type { Target } from "../../target.ts";
import { type ChangeLedger, createChangeLedger, isAnswerOf } from "../change-ledger.ts";
import { changeAt, environmentAt } from "../change-plan.ts";
import { type ChangePublisher, createChangePublisher } from "../change-publisher.ts";
import { readReply, types } from "../dns-message.ts";
import { type QueryLoadResult, startQueryLoad } from "../query-load.ts";
import { createRandom, pick } from "../query-mix.ts";
import type { SectionResult } from "../section-result.ts";
import { serviceNames } from "../served-names.ts";
import { type BenchedDaemon, startCilo } from "../servers/cilo.ts";
import { openUdpClient, type UdpClient } from "../udp-client.ts";
import type { SectionContext } from "./section-context.ts";

const environmentCount = 250;
const queriesPerSecond = 5_000;
const changeIntervalMs = 20;
/** Half of the load asks for the environments changed last, where a wrong answer would be. */
const watchedCount = 4;
const visibleTimeoutMs = 5_000;
/** A query that got lost is asked again after it. */
const probeTimeoutMs = 100;
const mostP99Ms = 10;

interface Changes {
  /** From the moment a change is sent to the daemon until a query is answered from it. */
  answeredMs: number[];
  /** Until the daemon said so. */
  acknowledgedMs: number[];
  load: QueryLoadResult;
  wrong: string[];
  wrongCount: number;
}

/** Changes published through the control socket while the server is under load, every reply judged. */
export async function benchChanges({ bench, extent, say }: SectionContext): Promise<SectionResult> {
  const environments = Array.from({ length: environmentCount }, (_, index) => environmentAt(index, 0));
  const daemon = await startCilo(bench, { place: "any", environments });
  try {
    say(`${extent.changes} zone changes under ${queriesPerSecond} queries a second`);
    const { answeredMs, acknowledgedMs, load, wrong, wrongCount } = await changeUnderLoad(
      daemon,
      createChangePublisher(daemon, environments),
      extent.changes,
    );
    const figures: Figures = {
      answered: distributionOf(answeredMs),
      acknowledged: distributionOf(acknowledgedMs),
      latency: distributionOf(load.latenciesMs),
      queries: { sent: load.sent, lost: load.lost, dropped: load.dropped, wrong: wrongCount },
    };
    return {
      name: "changes",
      title: `${extent.changes} zone changes under load (${environmentCount} environments)`,
      text: `${note}\n\n${formatFigures(figures)}`,
      data: figures,
      targets: judge(figures, extent.changes),
      problems: [...wrong, ...[daemon.problem() ?? []].flat()],
      omissions: [],
    };
  } finally {
    await daemon.end();
  }
}

const note =
  "Each change is written to the state file and then told to the daemon, as a command does it; the clock runs " +
  "from before it is told until a client that asks again and again gets the new answer: JSON, the socket and " +
  "the round trip of a query are in it. Eight of ten changes give an environment other addresses, one takes one" +
  " away, one brings it back. A reply is wrong when it is of no zone that was served between its query and " +
  "itself: old after the daemon's acknowledgement, or of two zones mixed.";

async function changeUnderLoad(daemon: BenchedDaemon, publisher: ChangePublisher, changes: number): Promise<Changes> {
  const ledger = createChangeLedger(environmentCount);
  using client = await openUdpClient(daemon.port);
  const watched: number[] = [];
  const wrong: string[] = [];
  let wrongCount = 0;
  const load = await startQueryLoad({
    port: daemon.port,
    queriesPerSecond,
    next: createQuestions(ledger, watched),
    onReply(packet, { name, index, service, since }) {
      const reply = readReply(packet);
      if (ledger.isRight(reply, { index, service }, since)) return;
      wrongCount += 1;
      if (wrong.length < 10) wrong.push(`${name}: response code ${reply.rcode}, ${reply.addresses}`);
    },
  });
  const answeredMs: number[] = [];
  const acknowledgedMs: number[] = [];
  for (let number = 1; number <= changes; number += 1) {
    watched.unshift(changeAt(number, environmentCount).index);
    watched.splice(watchedCount);
    const outcome = await change(number, { ledger, publisher, client });
    answeredMs.push(outcome.answeredMs);
    acknowledgedMs.push(outcome.acknowledgedMs);
    await delay(changeIntervalMs);
  }
  return { answeredMs, acknowledgedMs, load: await load.stop(), wrong, wrongCount };
}

function createQuestions(ledger: ChangeLedger, watched: readonly number[]) {
  const random = createRandom(3);
  return () => {
    const isWatched = watched.length > 0 && random() < 0.5;
    const index = isWatched ? pick(watched, random) : Math.floor(random() * environmentCount);
    const service = pick(serviceNames, random);
    const name = `${service}.env-${index}.test`;
    return { name, memory: { name, index, service, since: ledger.acknowledgedCount(index) } };
  };
}

interface Parts {
  ledger: ChangeLedger;
  publisher: ChangePublisher;
  client: UdpClient;
}

/** Publishes one change, and asks until it shows. */
async function change(number: number, { ledger, publisher, client }: Parts) {
  const planned = changeAt(number, environmentCount);
  const { index } = planned;
  const version = planned.environment === null ? null : number;
  ledger.issue(index, version);
  await publisher.commit(planned);
  const began = performance.now();
  const acknowledged = publisher.publish(planned).then(() => {
    ledger.acknowledge(index);
    return performance.now() - began;
  });
  // A failure is reported where it is waited for.
  acknowledged.catch(() => {});
  for (;;) {
    const packet = await client.ask(`worker.env-${index}.test`, types.A, probeTimeoutMs);
    const elapsedMs = performance.now() - began;
    if (packet !== null && isAnswerOf(readReply(packet), { index, service: "worker", version })) {
      return { answeredMs: elapsedMs, acknowledgedMs: await acknowledged };
    }
    if (elapsedMs < visibleTimeoutMs) continue;
    await acknowledged;
    throw new CiloError("CILO_COMMAND_FAILED", `change ${number} does not show after ${visibleTimeoutMs / 1_000} s`);
  }
}

interface Figures {
  answered: Distribution;
  acknowledged: Distribution;
  latency: Distribution;
  queries: Pick<QueryLoadResult, "sent" | "lost" | "dropped"> & { wrong: number };
}

function judge({ answered, queries }: Figures, changes: number): Target[] {
  return [
    {
      what: `change committed -> answered, ${environmentCount} environments, p99`,
      figure: `<= ${mostP99Ms} ms`,
      measured: `${answered.p99.toFixed(2)} ms`,
      isReached: answered.p99 <= mostP99Ms,
    },
    {
      what: `wrong or lost answers during ${changes} changes under ${formatCount(queriesPerSecond)} q/s`,
      figure: "0",
      measured: `${queries.wrong} wrong, ${queries.lost} lost`,
      isReached: queries.wrong + queries.lost === 0,
    },
  ];
}

function formatFigures(figures: Figures): string {
  const row = (what: string, { count, p50, p99, max }: Distribution) => [
    what,
    formatCount(count),
    ...[p50, p99, max].map((value) => value.toFixed(2)),
  ];
  const { sent, lost, dropped, wrong } = figures.queries;
  return [
    formatTable([
      ["milliseconds", "count", "p50", "p99", "max"],
      row("change sent -> answered", figures.answered),
      row("change sent -> acknowledged", figures.acknowledged),
      row("answer to a query of the load", figures.latency),
    ]),
    `${formatCount(sent)} queries, ${lost} lost, ${wrong} wrong. Socket buffers were full for ${dropped.server} ` +
      `queries and ${dropped.client} replies.`,
  ].join("\n\n");
}
