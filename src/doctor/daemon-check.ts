import { queryServer } from "../dns/client.ts";
import { type Check, type Finding, ok } from "./check.ts";

/** The daemon runs, knows the state as it is, answers on its port, and has somewhere to forward to. */
export const daemonCheck: Check = {
  name: "daemon",
  async run({ control, store, signal }) {
    const state = await store.read();
    const daemon = await control.send({ type: "status" });
    if (daemon === null) {
      return [
        { severity: "warning", message: "no DNS server runs: names do not answer", remedy: "cilo dns start --detach" },
      ];
    }
    const { address, port } = daemon;
    const reply = await queryServer({ server: address, port, name: state.suffix, type: "SOA", signal });
    const findings: Finding[] = [ok(`DNS server on ${address}:${port} (pid ${daemon.pid})`)];
    if (reply.answers.length === 0) {
      findings.push({
        severity: "problem",
        message: `${address}:${port} does not answer for ${state.suffix}: ${reply.rcode}`,
        remedy: "cilo dns stop; cilo dns start --detach",
      });
    }
    if (daemon.revision < state.revision) {
      findings.push({
        severity: "warning",
        message: `the DNS server answers from revision ${daemon.revision}, state is at ${state.revision}`,
        remedy: "cilo dns stop; cilo dns start --detach",
      });
    }
    if (daemon.upstreams.servers.length === 0) {
      findings.push({
        severity: "warning",
        message: `no server to forward other names to (${daemon.upstreams.source})`,
        remedy: "cilo dns stop; cilo dns start --detach --upstream ADDRESS",
      });
    }
    return findings;
  },
};
