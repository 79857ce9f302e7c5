import { CiloError } from "../base/errors.ts";
import { waitFor } from "../base/wait.ts";
import type { DaemonStatus } from "../control/messages.ts";
import { queryServer } from "../dns/client.ts";
import type { State } from "../model/state.ts";
import { isSuspended } from "../state/suspension.ts";
import { type Check, type Finding, found, foundError } from "./check.ts";
import { findingsOfDifferences } from "./findings-of-differences.ts";
import { ifKnown } from "./if-known.ts";
import type { Survey } from "./survey.ts";

const restart = "cilo dns stop; cilo dns start --detach";

/** The daemon runs, is of this version, knows the state and the engine as they are, and answers on its port. */
export const daemonCheck: Check = {
  name: "daemon",
  async run(survey) {
    const daemon = await askDaemon(survey);
    if (daemon === null) {
      return [found("warning", "no DNS server runs: names do not answer", { command: "cilo dns start --detach" })];
    }
    if ("severity" in daemon) return [daemon];
    const state = await ifKnown(survey.state());
    return [
      found("ok", `DNS server on ${daemon.address}:${daemon.port} (pid ${daemon.pid})`),
      ...judgeVersion(daemon, survey.version),
      ...(state === null ? [] : await checkAnswers(survey, daemon, state)),
      ...(state === null ? [] : await checkRevision(survey, daemon, state)),
      ...(await checkEngine(survey, daemon)),
      ...(await checkInstallation(survey)),
      ...daemon.warnings.map((warning) => found("info", warning)),
    ];
  },
};

/** A finding where it can be said better why it does not answer. */
async function askDaemon({ daemon }: Survey): Promise<DaemonStatus | Finding | null> {
  try {
    return await daemon();
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    const { pid } = error.details;
    if (typeof pid !== "number" || !(await isSuspended(pid))) return foundError(error);
    return found("problem", `the DNS server (pid ${pid}) is suspended and answers nobody`, {
      command: `kill -CONT ${pid}`,
    });
  }
}

function judgeVersion(daemon: DaemonStatus, version: string): Finding[] {
  if (daemon.version === version) return [];
  return [
    found("warning", `the DNS server is of cilo ${daemon.version}, this is ${version}`, {
      hint: "start it anew, or run the cilo that started it:",
      command: restart,
    }),
  ];
}

async function checkAnswers(survey: Survey, { address, port }: DaemonStatus, { suffix }: State): Promise<Finding[]> {
  const { signal } = survey.context;
  const reply = await queryServer({ server: address, port, name: suffix, type: "SOA", signal });
  if (reply.answers.length > 0) return [];
  return [found("problem", `${address}:${port} does not answer for ${suffix}: ${reply.rcode}`, { command: restart })];
}

async function checkRevision(survey: Survey, daemon: DaemonStatus, state: State): Promise<Finding[]> {
  const { control, store, signal } = survey.context;
  if (daemon.revision < state.revision) {
    // It is told right after state is written, and sees by itself that the file is another.
    const look = async () => {
      const now = await control.send({ type: "status" });
      return now === null || now.revision >= state.revision ? true : null;
    };
    if ((await waitFor(look, { timeoutMs: survey.patienceMs, signal })) !== null) return [];
    const message = `the DNS server answers from revision ${daemon.revision}, state is at ${state.revision}`;
    return [found("warning", message, { command: restart })];
  }
  // State may have been written since it was read.
  if (daemon.revision === state.revision) return [];
  const { revision } = await store.read();
  if (daemon.revision <= revision) return [];
  const told = `from revision ${daemon.revision}, and state is at ${revision} only`;
  const message = `the DNS server answers ${told}: it serves another state`;
  return [found("problem", message, { command: restart })];
}

/** Without the engine it answers what it remembers; before anything was brought up it knows of none. */
async function checkEngine(survey: Survey, { engine: told }: DaemonStatus): Promise<Finding[]> {
  if (told.connected || told.endpoint === null) return [];
  if ((await ifKnown(survey.engine())) === null) return [];
  return [
    found(
      "warning",
      `the DNS server cannot follow the engine at ${told.endpoint}: ${told.message ?? "it does not say why"}`,
      {
        command: restart,
      },
    ),
  ];
}

/** One that was started before another state was put into its place serves that which was there. */
async function checkInstallation({ differences }: Survey): Promise<Finding[]> {
  return findingsOfDifferences((await ifKnown(differences())) ?? [], "daemon");
}
