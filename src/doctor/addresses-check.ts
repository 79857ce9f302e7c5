import { waitFor } from "../base/wait.ts";
import type { DaemonStatus } from "../control/messages.ts";
import { isOwn } from "../controller/conflicts.ts";
import { queryServer } from "../dns/client.ts";
import type { ContainerFacts } from "../model/engine.ts";
import { hostNamesOf } from "../model/host-names.ts";
import { observeServices } from "../model/observation.ts";
import type { State } from "../model/state.ts";
import { type Check, type Finding, found } from "./check.ts";
import { findingsOfDifferences } from "./findings-of-differences.ts";
import type { Survey } from "./survey.ts";

/** So many names are asked for; what goes wrong does so for many. */
const maxNames = 200;
const atOnce = 16;

/** What state remembers, what the engine shows and what the DNS server answers are the same addresses. */
export const addressesCheck: Check = {
  name: "addresses",
  async run(survey) {
    const state = await survey.state();
    const { containers } = await survey.objects();
    const differing = findingsOfDifferences(await survey.differences(), "addresses");
    const daemon = await survey.daemon();
    const expected = expectAnswers(state, containers);
    const wrong = daemon === null || differing.length > 0 ? [] : await findWrongAnswers(survey, daemon, expected);
    const findings = [...differing, ...wrong];
    if (findings.length > 0) return findings;
    const asked = Math.min(expected.length, maxNames);
    const names = daemon === null || asked === 0 ? "" : `, and ${tellAnswers(asked)} with them`;
    return [found("ok", `state has the addresses that the engine shows${names}`)];
  },
};

/** The advertised name of a service and the addresses it is to have, sorted. */
export interface ExpectedAnswer {
  name: string;
  addresses: string[];
}

/** The names that are to answer by what the engine shows. */
export function expectAnswers(state: State, containers: readonly ContainerFacts[]): ExpectedAnswer[] {
  return Object.values(state.hosts.local.environments).flatMap((environment) => {
    const own = containers.filter(({ labels }) => isOwn(environment, state.installation, labels));
    const observed = observeServices(environment, own);
    const names = hostNamesOf(environment, Object.keys(environment.services));
    return [...names].flatMap(([service, { advertised }]) => {
      const addresses = observed[service]?.addresses ?? [];
      return addresses.length === 0 ? [] : [{ name: advertised, addresses: addresses.toSorted() }];
    });
  });
}

async function findWrongAnswers(
  survey: Survey,
  daemon: DaemonStatus,
  expected: readonly ExpectedAnswer[],
): Promise<Finding[]> {
  let wrong = await askAll(survey, daemon, expected.slice(0, maxNames));
  if (wrong.length === 0) return [];
  // Containers move at any time, and the daemon follows them a moment later: only what stays wrong is.
  const { runtime } = await survey.engine();
  const lookAgain = async () => {
    const names = new Set(wrong.map(({ name }) => name));
    const now = expectAnswers(await survey.context.store.read(), await runtime.listContainers({}));
    wrong = await askAll(
      survey,
      daemon,
      now.filter(({ name }) => names.has(name)),
    );
    return wrong.length === 0 ? true : null;
  };
  await waitFor(lookAgain, { timeoutMs: survey.patienceMs, intervalMs: 250, signal: survey.context.signal });
  return wrong.map(({ name, addresses, answered }) =>
    found(
      "problem",
      `${name} answers with ${answered.join(", ") || "nothing"}, the engine has ${addresses.join(", ")}`,
      {
        command: `cilo dns query ${name} --trace`,
      },
    ),
  );
}

interface WrongAnswer extends ExpectedAnswer {
  answered: string[];
}

async function askAll(
  survey: Survey,
  daemon: DaemonStatus,
  expected: readonly ExpectedAnswer[],
): Promise<WrongAnswer[]> {
  const left = [...expected];
  const wrong: WrongAnswer[] = [];
  async function askOneByOne(): Promise<void> {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const answered = await ask(survey, daemon, next.name);
      if (answered.join() !== next.addresses.join()) wrong.push({ ...next, answered });
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askOneByOne));
  return wrong.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function ask({ context }: Survey, { address, port }: DaemonStatus, name: string): Promise<string[]> {
  const reply = await queryServer({ server: address, port, name, type: "A", signal: context.signal });
  return reply.answers.flatMap(({ type, data }) => (type === "A" ? [data] : [])).sort();
}

function tellAnswers(names: number): string {
  return names === 1 ? "1 name answers" : `${names} names answer`;
}
