import { posix } from "node:path";
import { findStandIn } from "../beside.ts";
import { type ComposeService, escapeDollars, unescapeDollars } from "../model.ts";
import type { RewriteContext } from "./concern.ts";

type Mount = NonNullable<ComposeService["volumes"]>[number];

/**
 * Gives each bind that leads beside the copy a directory of the environment's own: there lie the workspaces of other copies, and whatever is made there would be every copy's. One
 * that leads to a directory around the copy has the workspace in it where the source was.
 */
export function rewriteBesideBinds({ reading }: RewriteContext, service: ComposeService): ComposeService {
  const { volumes } = service;
  if (!volumes || reading.surroundings === null) return service;
  return { ...service, volumes: volumes.flatMap((mount) => toOwnBind(reading, mount)) };
}

function toOwnBind(reading: RewriteContext["reading"], mount: Mount): Mount[] {
  if (typeof mount === "string" || mount.type !== "bind" || !mount.source) return [mount];
  const standIn = findStandIn(reading, unescapeDollars(mount.source));
  if (standIn === null) return [mount];
  const own = { ...mount, source: escapeDollars(standIn.directory) };
  if (standIn.workspaceAt === null) return [own];
  const target = posix.join(mount.target ?? "/", escapeDollars(standIn.workspaceAt));
  return [own, { ...mount, source: escapeDollars(reading.workspaceRoot), target }];
}
