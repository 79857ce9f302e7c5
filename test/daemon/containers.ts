import type { createCatalog } from "../../src/daemon/catalog.ts";
import { answer } from "../../src/dns/answer.ts";
import type { ContainerFacts } from "../../src/model/engine.ts";
import type { Environment } from "../../src/model/environment.ts";
import { toNetworkName } from "../../src/model/names.ts";

/** The container of an environment's service "web", running at an address. */
export function runningWeb(environment: Environment, address: string): ContainerFacts {
  const name = `${environment.composeProject}-web-1`;
  return {
    id: name,
    name,
    labels: { "cilo.id": environment.id, "cilo.service": "web" },
    state: "running",
    health: "none",
    exitCode: null,
    addresses: { [toNetworkName(environment.composeProject)]: address },
    image: "x",
    imageId: "sha256:x",
  };
}

/** The last four bytes of the answer to `name A`: its address, or null when there is none. */
export function resolve(catalog: ReturnType<typeof createCatalog>, name: string): string | null {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const query = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
  const reply = answer(query, catalog.zone(), "udp");
  if (reply.kind !== "reply" || reply.packet.readUInt16BE(6) === 0) return null;
  return [...reply.packet.subarray(-4)].join(".");
}
