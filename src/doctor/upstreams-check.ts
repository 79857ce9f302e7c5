import type { DaemonStatus, UpstreamHealth } from "../control/daemon-status.ts";
import { type Check, type Finding, found, withoutDaemon } from "./check.ts";

/** The DNS server has somewhere to forward other names to, and is answered there. */
export const upstreamsCheck: Check = {
  name: "upstreams",
  async run(survey) {
    const daemon = await survey.daemon();
    return daemon === null ? withoutDaemon() : judgeUpstreams(daemon);
  },
};

/** Says how the servers do that names are forwarded to, by what the daemon has seen of them. */
export function judgeUpstreams({ upstreams, forwarding }: Pick<DaemonStatus, "upstreams" | "forwarding">): Finding[] {
  if (upstreams.servers.length === 0) {
    return [
      found("warning", `there is no server to forward other names to (${upstreams.source})`, {
        hint: 'name one: under "dns" in config.yml as "upstreams", or with "cilo dns start --upstream ADDRESS"',
        command: "cilo dns status",
      }),
    ];
  }
  const failing = forwarding.upstreams.filter(isFailing);
  const silent = upstreams.servers.filter((server) => failing.some((upstream) => upstream.server === server));
  if (silent.length === upstreams.servers.length) {
    return [
      // Names of environments answer all the same.
      found("warning", `none of the servers for other names answers: ${failing.map(describe).join("; ")}`, {
        hint: "look whether this machine is on its network, and which servers it is given:",
        command: "cilo dns status",
      }),
    ];
  }
  const working = forwarding.upstreams.filter((upstream) => !isFailing(upstream)).map(describe);
  return [
    found("ok", `other names go to ${(working.length === 0 ? upstreams.servers : working).join(", ")}`),
    ...failing.map((upstream) =>
      found("warning", `${describe(upstream)}; others answer in its place`, { command: "cilo dns status" }),
    ),
  ];
}

function isFailing({ state }: UpstreamHealth): boolean {
  return state === "failing" || state === "backing-off";
}

function describe(upstream: UpstreamHealth): string {
  const { server, rttMs, queries, failures, lastFailure } = upstream;
  if (isFailing(upstream)) return `${server} failed ${failures} of ${queries} times (${lastFailure ?? "unknown why"})`;
  return rttMs === null ? server : `${server} (${rttMs.toFixed(0)} ms)`;
}
