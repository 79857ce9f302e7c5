import type { EngineFacts } from "../../model/engine.ts";
import { parseEndpoint } from "./endpoint.ts";

/**
 * Tells from what an engine says of itself why its containers' addresses cannot be reached from this machine.
 * @returns one sentence, or null when they can.
 */
export function findObstacle(facts: Omit<EngineFacts, "unreachableBecause">, platform: NodeJS.Platform): string | null {
  if (isRemote(facts.endpoint))
    return `the engine at ${facts.endpoint} is on another machine, and its networks are there`;
  if (/docker desktop/i.test(facts.operatingSystem)) {
    return "Docker Desktop runs its containers in a virtual machine whose networks this machine has no route to";
  }
  if (facts.rootless) {
    return "the engine runs rootless, so its networks are in a network namespace that this machine has no route to";
  }
  // OrbStack bridges its container networks to the Mac.
  if (platform === "darwin" && !/orbstack/i.test(facts.operatingSystem)) {
    return `on macOS the engine (${facts.operatingSystem}) runs in a virtual machine whose networks this machine has no route to`;
  }
  return null;
}

function isRemote(endpoint: string): boolean {
  const address = parseEndpoint(endpoint, "the endpoint in use", false);
  return address.kind === "tcp" && !/^(127(\.\d+){3}|localhost|::1)$/.test(address.host);
}
