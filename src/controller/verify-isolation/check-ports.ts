import { type Check, type CheckFinding, toCheck } from "./check.ts";
import type { Subject } from "./subject.ts";

/** No port of the machine leads into a container: whoever reaches the machine would reach that container. */
export function checkPorts(subjects: readonly Subject[]): Check {
  const findings = subjects.flatMap(({ key, containers }) =>
    containers.flatMap(({ name, publishedPorts }) =>
      publishedPorts.map(
        (port): CheckFinding => ({
          status: "failed",
          message: `container ${name} of ${key} publishes ${port}: the other environment reaches it through the machine's addresses`,
          hint: `take the port out of .cilo/compose.user.yml in the workspace, then run "cilo up ${key} --recreate"`,
          details: { container: name, environment: key, port },
        }),
      ),
    ),
  );
  return toCheck("published-ports", { findings, summary: `${countContainers(subjects)} containers` });
}

/** How many containers were looked at. */
export function countContainers(subjects: readonly Subject[]): number {
  return subjects.reduce((count, { containers }) => count + containers.length, 0);
}
