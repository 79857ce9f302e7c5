import { type Check, type CheckFinding, toCheck } from "./check.ts";
import { networkIdsOf, type Subject } from "./subject.ts";

/** A container that is neither environment's, with the names of the networks it is on. */
export interface Bystander {
  name: string;
  networks: readonly string[];
}

/**
 * The engine's networks that exist once and connect nothing with each other: a container on them has no address there.
 */
const unconnectedNetworks = new Set(["host", "none"]);

/**
 * No container of one environment is on a network of the other, and none is on a network that both are on.
 * @param bystanders all other containers that run; one on networks of both may hand on what it gets.
 */
export function checkNetworks(first: Subject, second: Subject, bystanders: readonly Bystander[]): Check {
  const findings = [...intruders(first, second), ...intruders(second, first)];
  const names = [namesOf(first), namesOf(second)];
  for (const { name, networks } of bystanders) {
    const [ofFirst, ofSecond] = names.map((own) => networks.find((network) => own.has(network)));
    if (ofFirst === undefined || ofSecond === undefined) continue;
    findings.push({
      status: "note",
      message: `container ${name} is of neither environment and on networks of both (${ofFirst}, ${ofSecond}): what it hands on between them is not probed`,
      hint: null,
      details: { container: name, networks: [ofFirst, ofSecond] },
    });
  }
  const count = new Set([...networkIdsOf(first), ...networkIdsOf(second)]).size;
  return toCheck("networks", { findings, summary: `${count} networks` });
}

/** On a network of the guest's own it is the other one that does not belong there. */
function intruders(guest: Subject, host: Subject): CheckFinding[] {
  const foreign = new Set([...networkIdsOf(host)].filter((id) => !guest.networkIds.has(id)));
  return guest.containers.flatMap(({ name, endpoints }) =>
    endpoints
      .filter(({ network, networkId }) => foreign.has(networkId) && !unconnectedNetworks.has(network))
      .map(({ network, networkId }): CheckFinding => {
        const whose = host.networkIds.has(networkId) ? `which is ${host.key}'s` : `on which ${host.key} is, too`;
        return {
          status: "failed",
          message: `container ${name} of ${guest.key} is on network ${network}, ${whose}`,
          hint: `run "docker network disconnect ${network} ${name}"`,
          details: { container: name, environment: guest.key, network },
        };
      }),
  );
}

function namesOf({ containers }: Subject): Set<string> {
  const names = containers.flatMap(({ endpoints }) => endpoints.map(({ network }) => network));
  return new Set(names.filter((name) => !unconnectedNetworks.has(name)));
}
