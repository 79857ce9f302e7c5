import { CiloError } from "../base/errors.ts";
import { createAllowedClients } from "./server/allowed-clients.ts";
import { parseChosenUpstream } from "./upstreams/chosen-upstreams.ts";

/** What is wrong with a server as `--upstream` takes it; null when it is one. */
export function findUpstreamProblem(text: string): string | null {
  return hasUsageProblem(() => parseChosenUpstream(text))
    ? 'which is no server; allowed are "192.168.1.1", "192.168.1.1:5353", "[fd00::1]:53" and "corp.example=10.8.0.1"'
    : null;
}

/** What is wrong with a range of clients as `--allow` takes it; null when it is one. */
export function findRangeProblem(text: string): string | null {
  return hasUsageProblem(() => createAllowedClients([text]))
    ? 'which is no address and no CIDR; allowed are "192.168.1.7", "192.168.1.0/24" and "fd00::/8"'
    : null;
}

function hasUsageProblem(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof CiloError && error.code === "CILO_USAGE") return true;
    throw error;
  }
}
