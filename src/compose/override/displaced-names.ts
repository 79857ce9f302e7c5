import { advertisedDomain } from "../../model/host-names.ts";
import { labelServices } from "../../model/names.ts";
import type { Contribution, OverrideContext } from "./concern.ts";

/** Tells which services are shown by another name than theirs, since a second one has it (`my_db` beside `my-db`). */
export function warnOfDisplacedNames({ services, environment }: OverrideContext): Contribution {
  const labels = labelServices(services.map(({ name }) => name));
  return {
    warnings: [...labels].flatMap(([name, { canonical, displacedBy }]) =>
      displacedBy === null
        ? []
        : [
            `service ${name}: ${displacedBy} has the name it would have as a host name; it is ${canonical}.${advertisedDomain(environment)}`,
          ],
    ),
  };
}
