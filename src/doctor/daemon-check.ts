import type { DaemonStatus } from "../control/messages.ts";
import type { ControllerContext } from "../controller/context.ts";
import { queryServer } from "../dns/client.ts";
import type { State } from "../model/state.ts";
import { type Check, type Finding, found } from "./check.ts";

const restart = "cilo dns stop; cilo dns start --detach";

/** The daemon runs, knows the state as it is, answers on its port, and has somewhere to forward to. */
export const daemonCheck: Check = {
  name: "daemon",
  async run(context, state) {
    const daemon = await context.control.send({ type: "status" });
    if (daemon === null) {
      return [found("warning", "no DNS server runs: names do not answer", { command: "cilo dns start --detach" })];
    }
    return [
      found("ok", `DNS server on ${daemon.address}:${daemon.port} (pid ${daemon.pid})`),
      ...(state === null ? [] : await checkAnswers(context, daemon, state)),
      ...(state === null ? [] : await checkRevision(context, daemon, state)),
      ...checkUpstreams(daemon),
    ];
  },
};

async function checkAnswers(
  { signal }: ControllerContext,
  { address, port }: DaemonStatus,
  { suffix }: State,
): Promise<Finding[]> {
  const reply = await queryServer({ server: address, port, name: suffix, type: "SOA", signal });
  if (reply.answers.length > 0) return [];
  return [found("problem", `${address}:${port} does not answer for ${suffix}: ${reply.rcode}`, { command: restart })];
}

async function checkRevision({ store }: ControllerContext, daemon: DaemonStatus, state: State): Promise<Finding[]> {
  if (daemon.revision === state.revision) return [];
  if (daemon.revision < state.revision) {
    const message = `the DNS server answers from revision ${daemon.revision}, state is at ${state.revision}`;
    return [found("warning", message, { command: restart })];
  }
  // State may have been written since it was read.
  const { revision } = await store.read();
  if (daemon.revision <= revision) return [];
  return [
    found(
      "problem",
      `the DNS server answers from revision ${daemon.revision}, and state is at ${revision} only: it serves another state`,
      { command: "cilo dns stop", hint: 'stop it, then start it anew with "cilo dns start --detach"' },
    ),
  ];
}

function checkUpstreams({ upstreams }: DaemonStatus): Finding[] {
  if (upstreams.servers.length > 0) return [];
  return [
    found("warning", `no server to forward other names to (${upstreams.source})`, {
      hint: `name one: "${restart} --upstream ADDRESS"`,
    }),
  ];
}
