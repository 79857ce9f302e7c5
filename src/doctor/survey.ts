import { CiloError, type ErrorCode } from "../base/errors.ts";
import type { DaemonStatus } from "../control/messages.ts";
import { type EngineObjects, listObjects } from "../controller/conflicts.ts";
import type { ControllerContext } from "../controller/context.ts";
import { type ConnectedEngine, connectEngine, shortLimits } from "../controller/engine.ts";
import type { Difference } from "../controller/reconcile/difference.ts";
import { findRangeProblem, findUpstreamProblem } from "../dns/option-problems.ts";
import { emptyState, type State } from "../model/state.ts";
import { findBaseSubnetProblem } from "../network/base-subnet.ts";
import { readSettings, type Settings } from "../state/settings.ts";
import { createQuestioning } from "./ask-once.ts";
import { ifKnown } from "./if-known.ts";
import type { Machine } from "./machine.ts";
import { watchContext } from "./watched-context.ts";

/**
 * What checks look at. Each thing is asked for once, by whichever check needs it first; disposing of the survey lets go
 * of the engine.
 */
export interface Survey extends AsyncDisposable {
  readonly context: ControllerContext;
  /** Of this cilo. */
  readonly version: string;
  readonly machine: Machine;
  /** How long a check waits for what is on its way, such as news from a command that has just ended. */
  readonly patienceMs: number;
  /** @throws CILO_STATE_UNREADABLE, CILO_STATE_TOO_NEW */
  state(): Promise<State>;
  /** @throws CILO_CONFIG_INVALID */
  settings(): Promise<Settings>;
  /** Null when none runs. @throws as the control client does. */
  daemon(): Promise<DaemonStatus | null>;
  /** The engine that the environments live on. @throws as `connectEngine` does. */
  engine(): Promise<ConnectedEngine>;
  /** All there is on it, whoever made it. */
  objects(): Promise<EngineObjects>;
  /** Where state, engine, files and names do not agree. @throws as `observe` does. */
  differences(): Promise<Difference[]>;
  /** The check whose part it is to tell of an error that one of these has thrown; null for any other error. */
  tellerOf(error: unknown): string | null;
}

export interface SurveyOptions {
  version: string;
  machine: Machine;
  /** How long each of these may take. */
  limitMs: number;
  patienceMs: number;
  findDifferences(context: ControllerContext): Promise<Difference[]>;
}

/** Prepares a survey; nothing is looked at yet. */
export function createSurvey(given: ControllerContext, options: SurveyOptions): Survey {
  const { version, machine, limitMs, patienceMs, findDifferences } = options;
  const watched = watchContext(given);
  const { context } = watched;
  const { paths, store, control, signal } = context;
  const { once, tellerOf } = createQuestioning({ limitMs, signal });
  const within = `within ${limitMs / 1_000} s`;
  const isUnread = (code: ErrorCode, file: string) => () =>
    new CiloError(code, `cannot read ${file} ${within}: the file system hangs`);
  const isSilent = () => engineHangs(watched.lastEndpoint(), within);
  const state = once("state", () => store.read(), isUnread("CILO_STATE_UNREADABLE", paths.stateFile));
  // It can be judged without state, though not whether it is the right one. The provider, which knows best what to say
  // of an engine that hangs, gives up first.
  const connect = async () => connectEngine(context, (await ifKnown(state())) ?? emptyState("unknown"), shortLimits);
  const engine = once("engine", connect, isSilent);
  return {
    ...{ context, version, machine, patienceMs, state, engine, tellerOf },
    settings: once(
      "config",
      () => readAllSettings(paths.configFile),
      isUnread("CILO_CONFIG_INVALID", paths.configFile),
    ),
    daemon: once(
      "daemon",
      () => control.send({ type: "status" }),
      () => new CiloError("CILO_DAEMON_NO_ACK", `the DNS server did not answer ${within}`),
    ),
    objects: once("engine", async () => listObjects((await engine()).runtime), isSilent),
    differences: once("engine", () => findDifferences(context), isSilent),
    [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
  };
}

function readAllSettings(file: string): Promise<Settings> {
  return readSettings(file, { findUpstreamProblem, findRangeProblem, findBaseSubnetProblem });
}

function engineHangs(endpoint: string | null, within: string): CiloError {
  const which = endpoint === null ? "the engine" : `the engine at ${endpoint}`;
  return new CiloError("CILO_ENGINE_UNREACHABLE", `${which} gave no answer ${within}: it hangs`, {
    hint: process.platform === "darwin" ? "restart Docker" : 'run "sudo systemctl restart docker"',
  });
}
