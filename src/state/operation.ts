import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Paths } from "../base/paths.ts";
import { identityOf, identityOfSelf, type ProcessIdentity } from "../base/process-identity.ts";
import { type Environment, keyOf, type Operation, type OperationKind } from "../model/environment.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import { endLeftoverChild } from "./leftover-child.ts";
import { type AwaitedHolder, acquireLock, type HeldLock } from "./lock.ts";
import type { StateStore } from "./store.ts";

export interface OperationOptions {
  store: StateStore;
  paths: Paths;
  environmentId: string;
  kind: OperationKind;
  /** Do not wait for another operation on the environment. */
  noWait: boolean;
  /** Ends the waiting; the operation itself goes on. */
  signal?: AbortSignal | undefined;
  /**
   * Called when another operation has to be waited for, again when it is the next one's turn, and when one was
   * suspended or goes on.
   */
  onWait?: ((holder: AwaitedHolder) => void) | undefined;
  /** Called when an operation is found that its process did not live to finish, before its child is ended. */
  onRecover?: ((operation: Operation) => void) | undefined;
  clock?: Clock | undefined;
}

/**
 * An operation under way: the only one on its environment until `finish` or `release`. Its methods throw CILO_ENVIRONMENT_NOT_FOUND when the
 * environment was removed meanwhile, and what writing state throws.
 */
export interface RunningOperation {
  /** What the journal held of a process that died, for the caller to resume or undo from its step; null when the last operation ended. */
  readonly interrupted: Operation | null;
  /** Records what is done next; the child of the step before must have ended, and is forgotten. */
  step(name: string): Promise<void>;
  /**
   * Changes state in the middle of the operation; not once another one has begun, its lock having been removed by hand.
   */
  update(change: (environment: Environment, draft: State) => void): Promise<State>;
  /** Records a child that outlives this process when it is killed; one that has ended already is not recorded. */
  recordChild(pid: number): Promise<void>;
  /**
   * Clears the journal and applies a last change in the same write, then lets the next operation begin (also when it throws; the journal then stays
   * for that one to find). The change may delete the environment from the draft.
   */
  finish(change?: (environment: Environment, draft: State) => void): Promise<State>;
  /**
   * Gives up: like `finish`, but never throws for want of a state file that can be written. Does nothing after `finish`, so it can stand in
   * a `finally`.
   */
  release(): Promise<void>;
}

/**
 * Begins an operation on an environment: takes the environment's own lock, ends the child that a crashed predecessor left running, and notes
 * the operation in state. Not re-entrant: an operation must not begin another on the same environment.
 * @throws CILO_ENVIRONMENT_NOT_FOUND, also when it went away while this waited; CILO_OPERATION_IN_PROGRESS with `noWait`; what `endLeftoverChild`
 * and state throw; the signal's reason.
 */
export async function beginOperation(options: OperationOptions): Promise<RunningOperation> {
  const { store, environmentId, kind } = options;
  const key = keyOf(requireEnvironment(await store.read(), environmentId));
  const lock = await lockEnvironment(options, `${kind} ${key}`);
  try {
    faultPoint("operation.locked");
    const interrupted = requireEnvironment(await store.read(), environmentId).operation;
    if (interrupted !== null) {
      options.onRecover?.(interrupted);
      if (interrupted.child !== null) await endLeftoverChild(interrupted.child, { signal: options.signal });
      faultPoint("operation.leftover-ended");
    }
    const owner = await identityOfSelf();
    const startedAt = (options.clock ?? systemClock).now().toISOString();
    // Until the first step it stays a creation that did not end: a process that dies before knows no more of it than
    // the one that died.
    const begun = interrupted?.kind === "create" ? interrupted : { kind, step: "begin" };
    await store.update((draft) => {
      const environment = requireEnvironment(draft, environmentId);
      environment.operation = { kind: begun.kind, ...owner, child: null, step: begun.step, startedAt };
    });
    faultPoint("operation.begun");
    return createRunningOperation({ store, environmentId, kind, owner, lock, interrupted });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Begins an operation by putting its environment into state: the lock of the new id is taken before anybody can know of it.
 * @param options.key "shop/login", to say of what the lock is.
 * @param options.step what is done first: to note it in a write of its own would make others wait for nothing.
 * @param options.insert puts the environment with this journal into the draft; may throw, then nothing was begun.
 */
export async function beginCreation(
  options: Pick<OperationOptions, "store" | "paths" | "environmentId" | "signal" | "clock"> & {
    key: string;
    step: string;
    insert: (draft: State, journal: Operation) => void;
  },
): Promise<RunningOperation> {
  const { store, environmentId, step } = options;
  const lock = await lockEnvironment({ ...options, noWait: true }, `create ${options.key}`);
  try {
    const owner = await identityOfSelf();
    const startedAt = (options.clock ?? systemClock).now().toISOString();
    await store.update((draft) => options.insert(draft, { kind: "create", ...owner, child: null, step, startedAt }));
    faultPoint("operation.reserved");
    return createRunningOperation({ store, environmentId, kind: "create", owner, lock, interrupted: null });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * An operation takes as long as it takes; one that is suspended does not go on by itself, so it is waited for as for
 * the lock of the state file.
 */
const suspendedTimeoutMs = 30_000;
const waitHint = "run the command again without --no-wait to wait for it";

type LockingOptions = Omit<OperationOptions, "kind" | "store" | "onRecover">;

async function lockEnvironment(options: LockingOptions, purpose: string): Promise<HeldLock> {
  try {
    return await acquireLock(join(options.paths.locks, `${options.environmentId}.lock`), {
      purpose,
      timeoutMs: options.noWait ? 0 : Number.POSITIVE_INFINITY,
      suspendedTimeoutMs,
      signal: options.signal,
      onWait: options.onWait,
      clock: options.clock,
    });
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_LOCKED") throw error;
    throw new CiloError("CILO_OPERATION_IN_PROGRESS", `cannot ${purpose} now: ${error.message}`, {
      hint: options.noWait && error.details.suspended === false ? waitHint : (error.hint ?? waitHint),
      details: error.details,
      cause: error,
    });
  }
}

interface OperationParts {
  store: StateStore;
  environmentId: string;
  kind: OperationKind;
  owner: ProcessIdentity;
  lock: HeldLock;
  interrupted: Operation | null;
}

function createRunningOperation(parts: OperationParts): RunningOperation {
  const { store, environmentId, kind, owner, lock, interrupted } = parts;
  async function update(change: (environment: Environment, draft: State) => void): Promise<State> {
    const { state } = await store.update((draft) => {
      const environment = requireEnvironment(draft, environmentId);
      requireOwnOperation(environment, owner);
      change(environment, draft);
    });
    return state;
  }
  async function note(change: Partial<Operation>): Promise<void> {
    await update((environment) => Object.assign(requireOwnOperation(environment, owner), { kind, ...change }));
    faultPoint("operation.noted");
  }
  async function finish(change?: (environment: Environment, draft: State) => void): Promise<State> {
    try {
      const state = await update((environment, draft) => {
        environment.operation = null;
        change?.(environment, draft);
      });
      faultPoint("operation.finished");
      return state;
    } finally {
      await lock.release();
      faultPoint("operation.unlocked");
    }
  }
  return {
    interrupted,
    update,
    step: (name) => note({ step: name, child: null }),
    async recordChild(pid) {
      const child = await identityOf(pid);
      if (child === null) return;
      faultPoint("operation.child-seen");
      await note({ child });
    },
    finish,
    async release() {
      if (!(await lock.isStillOurs())) return;
      try {
        await finish();
      } catch (error) {
        // What made the operation fail is thrown by its caller. The journal stays, and the next operation recovers from it.
        if (!(error instanceof CiloError) || error.code === "CILO_BUG") throw error;
      }
    },
  };
}

/** Guards against a lock that was removed by hand: another process may then have begun, and its journal is not ours to change. */
function requireOwnOperation({ operation }: Environment, owner: ProcessIdentity): Operation {
  if (
    operation !== null &&
    operation.pid === owner.pid &&
    operation.startTime === owner.startTime &&
    operation.bootId === owner.bootId
  ) {
    return operation;
  }
  throw new CiloError("CILO_OPERATION_IN_PROGRESS", "another operation on the environment has begun; this one stops", {
    hint: 'run "cilo status" to see what is under way',
    details: { pid: operation?.pid ?? null },
  });
}
