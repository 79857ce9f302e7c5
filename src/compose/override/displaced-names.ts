import type { Finding } from "../../model/finding.ts";
import { advertisedDomain } from "../../model/host-names.ts";
import { labelServices } from "../../model/names.ts";
import type { Contribution, OverrideContext } from "./concern.ts";

/** Tells which services are shown by another name than theirs, since a second one has it (`my_db` beside `my-db`). */
export function describeDisplacedNames({ services, environment }: OverrideContext): Contribution {
  const labels = labelServices(services.map(({ name }) => name));
  return {
    findings: [...labels].flatMap(([name, { canonical, displacedBy }]): Finding[] =>
      displacedBy === null
        ? []
        : [
            {
              rule: "displaced-name",
              action: "rewritten",
              shared: false,
              level: "warning",
              path: ["services", name],
              statement: `${displacedBy} has the name it would have as a host name; it is ${canonical}.${advertisedDomain(environment)}`,
              hint: null,
            },
          ],
    ),
  };
}
