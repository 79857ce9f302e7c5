import type { ComposeService } from "./model.ts";

/**
 * How many containers Compose starts for a service: `scale`, else `deploy.replicas` whatever the mode, else one. It is one too where the number is still a
 * variable, which only happens to services that no profile in use turns on.
 */
export function replicasOf({ scale, deploy }: ComposeService): number {
  const replicas = Number(scale ?? deploy?.replicas ?? 1);
  return Number.isInteger(replicas) && replicas >= 0 ? replicas : 1;
}
