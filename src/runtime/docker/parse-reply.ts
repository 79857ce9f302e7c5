import * as v from "valibot";
import { CiloError } from "../../base/errors.ts";

/**
 * Takes from one of the engine's replies what a schema names.
 * @param what the reply's name, as "list of volumes".
 * @throws CILO_ENGINE_REQUEST_FAILED when it is not what an engine replies.
 */
export function parseReply<T>(schema: v.GenericSchema<unknown, T>, reply: unknown, what: string): T {
  const result = v.safeParse(schema, reply);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  throw new CiloError(
    "CILO_ENGINE_REQUEST_FAILED",
    `the engine's ${what} is not what an engine replies: ${path === null ? "" : `${path}: `}${issue.message}`,
    { hint: "check that a Docker Engine (20.10 or newer) listens there" },
  );
}
