import { type Clock, systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { DaemonStatus } from "../control/messages.ts";
import {
  applyChosen,
  type ChosenUpstream,
  createLoopProber,
  createUpstreamEnvironment,
  type DetectedUpstreams,
  detectUpstreams,
  formatUpstream,
  type LoopProber,
  listRoutes,
  parseChosenUpstream,
  type Upstream,
  type UpstreamEnvironment,
  type UpstreamTable,
  watchedPathsOf,
} from "../dns/upstreams.ts";
import type { NameKey } from "../dns/wire/name.ts";
import { createUpstreamKnowledge, type UpstreamKnowledge } from "./upstream-knowledge.ts";
import { createLooks } from "./upstream-looks.ts";
import { watchUpstreamFiles } from "./upstream-watcher.ts";

/** Keeps the table of the servers that names of others are forwarded to true to what the machine says. */
export interface UpstreamKeeper extends Disposable {
  /** Another object only when servers or routes are others. */
  table(): UpstreamTable;
  describe(): DaemonStatus["upstreams"];
  /** Tells whether a name that the listener got is one of our loop probes, and takes note of it. */
  isOwnProbe(name: NameKey): boolean;
  /** Upstreams fail: looks again soon, at most every few seconds however often it is called. */
  suspect(): void;
  /**
   * Looks again at once. To be called when the listener has begun to answer: before the first call no server is probed,
   * since one that asks us in turn would look innocent.
   */
  lookNow(): Promise<void>;
  /** Called after each change of the table. */
  onChange(listener: () => void): void;
}

export interface UpstreamTiming {
  quietMs: number;
  pauseMs: number;
  pollMs: number;
  /** Between two looks without any sign of a change. */
  recheckMs: number;
  /** How long a good table is kept while looks find nothing in its place. */
  patienceMs: number;
  /** Between two looks while they find nothing. */
  retryMs: number;
  /** Between two looks because of failing upstreams. */
  suspicionMs: number;
}

export interface KeepUpstreamsOptions {
  /**
   * Servers the user named, as `parseChosenUpstream` reads them. The system is asked only when none of them is for
   * every name.
   */
  chosen: readonly string[];
  /** What named them, as it is shown: an option or a file. */
  chosenSource: string;
  /** Where we listen, asked at every look, so that we never forward to ourselves. */
  own: () => readonly Upstream[];
  log: Logger;
  environment?: UpstreamEnvironment;
  clock?: Clock;
  /** Parts of the timing to be otherwise. */
  timing?: Partial<UpstreamTiming>;
}

/**
 * A change is seen within `quietMs` and `pauseMs`, well below a second. Programs are run for changes, and once a minute
 * for what leaves no trace in a file; macOS has no file for most of it, so there it is every 10 s.
 */
function timingOf(platform: NodeJS.Platform): UpstreamTiming {
  return {
    quietMs: 50,
    pauseMs: 300,
    pollMs: 5_000,
    recheckMs: platform === "darwin" ? 10_000 : 60_000,
    patienceMs: 15_000,
    retryMs: 1_000,
    suspicionMs: 5_000,
  };
}

/**
 * Finds the upstreams and follows their changes until disposed of.
 * @throws CILO_USAGE for a chosen server that is none.
 */
export async function keepUpstreams(options: KeepUpstreamsOptions): Promise<UpstreamKeeper> {
  const { chosenSource, own, log, clock = systemClock, environment = createUpstreamEnvironment() } = options;
  const timing = { ...timingOf(environment.platform), ...options.timing };
  const upstreams = options.chosen.map(parseChosenUpstream);
  const knowledge = createUpstreamKnowledge({ clock, log, patienceMs: timing.patienceMs });
  const prober = createLoopProber({ onLateLoop: () => looks.request() });
  const parts = { environment, upstreams, chosenSource, own, log, knowledge, prober };
  const phase: Phase = { isListening: false, isClosed: false, problem: null };
  const looks = createLooks({ ...timing, clock, look: () => look(parts, phase) });
  // Watched before the first look, so that no change falls between the two.
  const paths = asksSystem(upstreams) ? watchedPathsOf(environment.platform) : [];
  const watching = { paths, root: environment.root, pollMs: timing.pollMs };
  const watcher = await watchUpstreamFiles({ ...watching, log, onChange: looks.request });
  await looks.now();
  return {
    table: () => knowledge.current().table,
    describe: () => summarize(knowledge.current()),
    isOwnProbe: prober.isOwnProbe,
    suspect: atMostEvery(timing.suspicionMs, clock, looks.request),
    lookNow() {
      phase.isListening = true;
      return looks.now();
    },
    onChange: knowledge.onChange,
    [Symbol.dispose]() {
      phase.isClosed = true;
      looks.close();
      watcher[Symbol.dispose]();
    },
  };
}

interface LookParts extends Pick<KeepUpstreamsOptions, "chosenSource" | "own" | "log"> {
  environment: UpstreamEnvironment;
  upstreams: readonly ChosenUpstream[];
  knowledge: UpstreamKnowledge;
  prober: LoopProber;
}

interface Phase {
  isListening: boolean;
  isClosed: boolean;
  /** Why the last look failed, if it did: looks that fail are repeated, and one warning does. */
  problem: string | null;
}

/** @returns false when it is to be repeated soon. */
async function look(parts: LookParts, phase: Phase): Promise<boolean> {
  const { environment, upstreams, chosenSource: source, own, log, knowledge, prober } = parts;
  try {
    const options = phase.isListening ? { own: own(), probe: prober.probe } : { own: own() };
    const found =
      upstreams.length > 0
        ? await applyChosen(environment, { upstreams, source }, options)
        : await detectUpstreams(environment, options);
    phase.problem = null;
    return phase.isClosed || knowledge.take(found);
  } catch (error) {
    const problem = messageOf(error);
    if (problem !== phase.problem) log.warn({ error: problem }, "the system's DNS servers could not be read");
    phase.problem = problem;
    return false;
  }
}

/** Whether names are left for which the user chose no server. */
function asksSystem(chosen: readonly ChosenUpstream[]): boolean {
  return chosen.every(({ domain }) => domain !== null);
}

function summarize({ table, source, leftOut }: DetectedUpstreams): DaemonStatus["upstreams"] {
  return { servers: table.servers.map(formatUpstream), source, leftOut, routes: listRoutes(table) };
}

function atMostEvery(intervalMs: number, clock: Clock, act: () => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < intervalMs) return;
    lastMs = nowMs;
    act();
  };
}
