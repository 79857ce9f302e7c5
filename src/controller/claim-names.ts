import { createHash } from "node:crypto";
import { join } from "node:path";
import type { FixedNames } from "../compose/verify/user-layer.ts";
import type { Environment } from "../model/environment.ts";
import { acquireLock, type HeldLock } from "../state/lock.ts";
import type { ControllerContext } from "./context.ts";

/** Another copy that starts with the same name is done within this time, or it builds and pulls for long. */
const claimTimeoutMs = 120_000;

/**
 * Holds the names that only one copy can have for as long as this one starts: of two that start at the same moment the second sees what the first has made of them. Names
 * that carry the environment's own are nobody else's.
 * @returns what lets go of them.
 * @throws CILO_LOCKED
 */
export async function claimNames(
  context: Pick<ControllerContext, "paths" | "signal">,
  { composeProject }: Pick<Environment, "composeProject">,
  { containers, volumes }: FixedNames,
): Promise<AsyncDisposable> {
  const names = [...containers.map((name) => `container ${name}`), ...volumes.map((name) => `volume ${name}`)];
  const contested = names.filter((name) => !name.includes(` ${composeProject}`));
  const held: HeldLock[] = [];
  const release = async () => {
    for (const lock of held.splice(0).reverse()) await lock.release();
  };
  try {
    // In one order everywhere, so that two never wait for each other.
    for (const name of [...new Set(contested)].sort()) held.push(await holdName(context, name));
  } catch (error) {
    await release();
    throw error;
  }
  return { [Symbol.asyncDispose]: release };
}

function holdName({ paths, signal }: Pick<ControllerContext, "paths" | "signal">, name: string): Promise<HeldLock> {
  const file = `name-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  return acquireLock(join(paths.locks, file), { timeoutMs: claimTimeoutMs, purpose: `start with the ${name}`, signal });
}
