import { randomBytes } from "node:crypto";
import { CiloError } from "../base/errors.ts";
import { waitFor } from "../base/wait.ts";
import type { DaemonStatus } from "../control/messages.ts";
import type { ControllerContext } from "../controller/context.ts";
import type { State } from "../model/state.ts";
import { setupFileOf } from "../resolver/setup-file.ts";
import { expectAnswers } from "./addresses-check.ts";
import { type Check, type Finding, found, withoutDaemon } from "./check.ts";
import { ifKnown } from "./if-known.ts";
import { judgeResolver, type ResolverFacts, type SuffixFacts } from "./judge-resolver.ts";
import type { LookUp } from "./look-up-names.ts";
import type { Survey } from "./survey.ts";

/** Who has more suffixes than this has set them up the same way. */
const maxSuffixes = 4;
/** The address of `ns`, a name that every suffix has, also without environments. */
const serverName = { label: "ns", address: "127.0.0.1" };

/**
 * This machine's programs find the names: the operating system sends them to our DNS server, and hands its answers on.
 */
export const dnsCheck: Check = {
  name: "dns",
  async run(survey) {
    const state = await survey.state();
    const daemon = await survey.daemon();
    if (daemon === null) return withoutDaemon();
    const facts = await observeResolver(survey, daemon, state);
    const findings = judgeResolver(facts);
    const isWell = findings.every(({ severity }) => severity === "ok");
    return isWell && !(await leavesBrowsersAlone(survey)) ? [...findings, noteOnBrowsers()] : findings;
  },
};

function noteOnBrowsers(): Finding {
  const message = "a browser that has names looked up over HTTPS asks past this machine, and finds none of these";
  return found("info", message, {
    hint: 'turn that off there; Firefox leaves it by itself where "firefoxCanary: true" stands under "dns" in config.yml',
  });
}

async function leavesBrowsersAlone({ settings }: Survey): Promise<boolean> {
  return (await ifKnown(settings()))?.dns.firefoxCanary === true;
}

/** A name to be looked up that nobody has asked for before, and one that is known. */
interface Probe {
  suffix: string;
  fresh: string;
  known: { name: string; addresses: string[] };
}

async function observeResolver(survey: Survey, daemon: DaemonStatus, state: State): Promise<ResolverFacts> {
  const probes = await makeProbes(survey, state);
  const names = probes.flatMap(({ fresh, known }) => [fresh, known.name]);
  const fresh = probes.map((probe) => probe.fresh);
  const [{ looked, arrived }, mechanism] = await Promise.all([
    lookUpWatched(survey, names, fresh),
    survey.machine.mechanism(),
  ]);
  const suffixes = probes.map(async ({ suffix, fresh, known }): Promise<SuffixFacts> => {
    const path = setupFileOf(mechanism.mechanism, suffix);
    return {
      suffix,
      hasArrived: arrived.has(fresh),
      known: { ...known, lookUp: looked.get(known.name) ?? null },
      setup: path === null ? null : { path, text: await survey.machine.readSetupFile(path) },
    };
  });
  return { mechanism, port: daemon.port, suffixes: await Promise.all(suffixes) };
}

async function makeProbes(survey: Survey, state: State): Promise<Probe[]> {
  const environments = Object.values(state.hosts.local.environments);
  const suffixes = [...new Set([state.suffix, ...environments.map(({ suffix }) => suffix)])].slice(0, maxSuffixes);
  const objects = await ifKnown(survey.objects());
  // An environment's name says more than the server's own, which another CILO_HOME's has as well.
  const answers = objects === null ? [] : expectAnswers(state, objects.containers);
  const token = randomBytes(4).toString("hex");
  return suffixes.map((suffix) => {
    const own = { name: `${serverName.label}.${suffix}`, addresses: [serverName.address] };
    const known = answers.find(({ name }) => name.endsWith(`.${suffix}`)) ?? own;
    return { suffix, fresh: `doctor-${token}.${suffix}`, known };
  });
}

/**
 * Looks names up, and watches which of the fresh ones our DNS server is asked for meanwhile: caches know nothing of
 * these.
 */
async function lookUpWatched(
  survey: Survey,
  names: readonly string[],
  fresh: readonly string[],
): Promise<{ looked: Map<string, LookUp>; arrived: Set<string> }> {
  const { context, machine } = survey;
  const hangUp = new AbortController();
  const arrived = new Set<string>();
  const { ended } = await watchQueries(context, hangUp.signal, (name) => arrived.add(name));
  try {
    const looked = await machine.lookUp(names);
    // What was asked is told a moment after it was answered.
    const haveAll = () => (fresh.every((name) => arrived.has(name)) ? true : null);
    await waitFor(haveAll, { timeoutMs: Math.min(survey.patienceMs, 500), intervalMs: 20 });
    return { looked, arrived };
  } finally {
    hangUp.abort();
    await ended;
  }
}

/** @returns what ends with the watching, once that has begun. */
async function watchQueries(
  { control }: Pick<ControllerContext, "control">,
  signal: AbortSignal,
  onName: (name: string) => void,
): Promise<{ ended: Promise<void> }> {
  const records = await control.follow({ type: "logs", queries: true, tail: 0, follow: true }, signal);
  const read = async () => {
    for await (const record of records ?? []) {
      if (record.type === "query") onName(record.name.toLowerCase().replace(/\.$/, ""));
    }
  };
  // A daemon that goes away meanwhile is told of by its own check.
  const ended = read().catch((error: unknown) => {
    if (!(error instanceof CiloError)) throw error;
  });
  return { ended };
}
