import type { EnvironmentStatus } from "../../model/environment.ts";
import type { PublishedEnvironment } from "../../model/published.ts";

/** One environment as the zone publishes it. */
export interface ZoneEnvironment extends PublishedEnvironment {
  status: EnvironmentStatus;
  /** State revision at which what is answered of it changed last. */
  revision: number;
}
