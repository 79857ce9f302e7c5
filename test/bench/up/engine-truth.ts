import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../../../src/base/errors.ts";
import { provenMs } from "../../../src/controller/settle.ts";
import { type Connection, openConnection } from "../../../src/runtime/docker/connection.ts";
import { resolveEndpoint } from "../../../src/runtime/docker/endpoint.ts";
import { getJson } from "../../../src/runtime/docker/http.ts";

/** What there is to wait for after `docker compose up -d` has returned. */
export interface EngineTruth {
  /**
   * Waits until a Compose project is really up, as `cilo up` means it: so many containers run, those with a health check are
   * healthy, those without one have run for 0.7 s.
   * @returns how many looks it took; 1: there was nothing to wait for.
   * @throws CILO_UP_FAILED when a container ended, and after two minutes.
   */
  waitForProject(composeProject: string, containers: number): Promise<number>;
}

const timeoutMs = 120_000;
/** Between two looks at a health check: an exact waiter makes the comparison a strict one. */
const pollMs = 10;

/** Asks the engine that `docker` talks to, in this process, so that waiting costs the plain side next to nothing. */
export async function openEngineTruth(env: NodeJS.ProcessEnv): Promise<EngineTruth> {
  const { endpoint } = await resolveEndpoint({ env });
  const connection = await openConnection(endpoint, env);
  return {
    async waitForProject(composeProject, containers) {
      const end = performance.now() + timeoutMs;
      for (let looks = 1; ; looks += 1) {
        const leftMs = await lookAt(connection, composeProject, containers);
        if (leftMs === 0) return looks;
        if (performance.now() > end)
          throw new CiloError("CILO_UP_FAILED", `${composeProject} is not up in two minutes`);
        await delay(leftMs);
      }
    },
  };
}

/** How long to wait before the next look; 0 when all is as it should be. */
async function lookAt(connection: Connection, composeProject: string, containers: number): Promise<number> {
  const filters = JSON.stringify({ label: [`com.docker.compose.project=${composeProject}`] });
  const listed = (await getJson(connection, "/containers/json", { query: { all: "true", filters } })) as {
    Id: string;
  }[];
  const inspected = await Promise.all(listed.map(({ Id }) => getJson(connection, `/containers/${Id}/json`)));
  const waits = inspected.map((reply) => waitOf(reply as InspectedContainer | null));
  return Math.max(listed.length < containers ? pollMs : 0, ...waits);
}

/** What is looked at of the engine's reply. */
interface InspectedContainer {
  State: { Status: string; StartedAt: string; Health?: { Status: string } };
}

/** @param container null: it went away since it was listed. */
function waitOf(container: InspectedContainer | null): number {
  if (container === null) return pollMs;
  const { Status, StartedAt, Health } = container.State;
  if (Status === "exited" || Status === "dead") throw new CiloError("CILO_UP_FAILED", "a container has ended");
  if (Status !== "running") return pollMs;
  if (Health !== undefined) return Health.Status === "healthy" ? 0 : pollMs;
  return Math.max(0, provenMs - (Date.now() - Date.parse(StartedAt)));
}
