import { join } from "node:path";
import { CiloError } from "../../base/errors.ts";
import { requireEnvironment } from "../../model/state.ts";
import { endLeftoverChild } from "../../state/leftover-child.ts";
import { acquireLock } from "../../state/lock.ts";
import { collectAnonymousVolumes } from "../anonymous-volumes.ts";
import type { ControllerContext } from "../context.ts";
import { destroyEnvironment } from "../destroy.ts";
import { takeDown } from "../down.ts";
import { connectEngine } from "../engine.ts";
import { migrateEnvironment } from "../migrate.ts";
import { isSameOperation } from "../operation.ts";
import { publish, withdraw } from "../publish.ts";
import { addAnonymousVolumes } from "../record.ts";
import { defaultSettleTimeoutMs } from "../settle.ts";
import { removeLeftArchives } from "../trash/survey-volumes.ts";
import { recordSeen, undoCreation } from "./apply-record.ts";
import { diff } from "./diff.ts";
import type { Observation } from "./observation.ts";
import { observe } from "./observe.ts";
import { plan } from "./plan.ts";
import { isSameDeed, type PlanStep } from "./plan-step.ts";
import { removeStray } from "./remove-stray.ts";

type StepOf<A extends PlanStep["action"]> = Extract<PlanStep, { action: A }>;
type Resumption = StepOf<"resume-down" | "resume-destroy" | "resume-migrate">;
type Held = Exclude<PlanStep, Resumption | StepOf<"remove-files">>;

/**
 * Does one step of a plan, unless its reason is gone. Cut off at any instant, the same step can be done again.
 * @throws CILO_LOCKED when something is being done to the environment, CILO_NOT_CONFIRMED when it loses something by now
 * and did not when the plan was made, and what the deed itself throws.
 */
export async function applyStep(context: ControllerContext, step: PlanStep): Promise<void> {
  switch (step.action) {
    case "remove-files":
      return await removeStray(context, step.file);
    case "resume-down":
    case "resume-destroy":
    case "resume-migrate":
      return await resume(context, step);
    default:
      return await applyHeld(context, step);
  }
}

/** Takes the environment's lock, so that nobody else works on it, and looks again with the eyes that saw the reason. */
async function applyHeld(context: ControllerContext, step: Held): Promise<void> {
  await using _lock = await acquireLock(join(context.paths.locks, `${step.environmentId}.lock`), {
    purpose: `${step.action} ${step.subject}`,
    timeoutMs: 0,
    signal: context.signal,
  });
  const { observation, found } = await lookAgain(context, step);
  if (found !== null) await perform(context, found, observation);
}

/** These take the lock themselves, and give up when it is another operation that they find. */
async function resume(context: ControllerContext, step: Resumption): Promise<void> {
  const { found } = await lookAgain(context, step);
  if (found === null) return;
  const { environmentId, operation: resumes } = found;
  const timeoutMs = defaultSettleTimeoutMs;
  switch (found.action) {
    case "resume-down":
      await takeDown(context, { environmentId, noWait: true, resumes });
      return;
    case "resume-destroy":
      await destroyEnvironment(context, { environmentId, noWait: true, keepWorkspace: false, force: false, resumes });
      return;
    case "resume-migrate":
      await migrateEnvironment(context, { environmentId, noWait: true, to: null, timeoutMs, resumes });
  }
}

async function lookAgain<S extends Held | Resumption>(
  context: ControllerContext,
  step: S,
): Promise<{ observation: Observation; found: S | null }> {
  const observation = await observe(context, step.environmentId);
  const found = plan(diff(observation)).steps.find((other): other is S => isSameDeed(other, step)) ?? null;
  if (found !== null) refuseFurtherLosses(step, found);
  return { observation, found };
}

/** A step that lost nothing when it was agreed to may lose something by now: a container may have been started. */
function refuseFurtherLosses(agreed: PlanStep, { destructive, subject, cause }: PlanStep): void {
  if (agreed.destructive || !destructive) return;
  throw new CiloError("CILO_NOT_CONFIRMED", `${subject} stays, as more would be lost by now than was said: ${cause}`, {
    hint: 'run "cilo doctor --fix" again',
  });
}

async function perform(context: ControllerContext, step: Held, observation: Observation): Promise<void> {
  const { environmentId } = step;
  switch (step.action) {
    case "end-child":
      return await endChild(context, step);
    case "undo-creation":
      return await undoCreation(context, step);
    case "finish-creation":
      return await recordSeen(context, { environmentId, operation: step.operation, observation: null });
    case "clear-operation":
      if (step.operation.kind === "destroy") await removeArchives(context, environmentId);
      return await recordSeen(context, { environmentId, operation: step.operation, observation });
    case "record-facts":
      return await recordSeen(context, { environmentId, operation: null, observation });
    case "remove-container":
      return await removeContainer(context, step);
    case "remove-network": {
      await using engine = await openEngine(context);
      return await engine.removeNetwork(step.networkId);
    }
    case "remove-volume": {
      await using engine = await openEngine(context);
      return await engine.removeVolume(step.volume);
    }
    case "withdraw":
      return await withdraw(context, environmentId, observation.state.revision);
    case "publish": {
      const state = await context.store.read();
      return await publish(context, requireEnvironment(state, environmentId), state.revision);
    }
  }
}

/** A destruction that was given up was saving volumes, perhaps: what it reads them through is of no use to anybody else. */
async function removeArchives(context: ControllerContext, environmentId: string): Promise<void> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  await using engine = await openEngine(context);
  await removeLeftArchives({ engine, installation: state.installation, environment });
}

async function endChild(context: ControllerContext, step: StepOf<"end-child">): Promise<void> {
  const { environmentId, operation } = step;
  if (operation.child !== null) await endLeftoverChild(operation.child, { signal: context.signal });
  await context.store.update((draft) => {
    const environment = requireEnvironment(draft, environmentId);
    if (environment.operation !== null && isSameOperation(environment.operation, operation)) {
      environment.operation.child = null;
    }
  });
}

/** Volumes without a name carry no label: of a container that goes they are written down before, or go with it. */
async function removeContainer(context: ControllerContext, step: StepOf<"remove-container">): Promise<void> {
  const { environmentId, containerId, isOrphan } = step;
  await using engine = await openEngine(context);
  if (!isOrphan) {
    const found = await collectAnonymousVolumes(engine, [{ id: containerId }]);
    await context.store.update((draft) => {
      const environment = requireEnvironment(draft, environmentId);
      environment.anonymousVolumes = addAnonymousVolumes(environment, found);
    });
  }
  await engine.removeContainer(containerId, { volumes: isOrphan });
}

async function openEngine(context: ControllerContext) {
  return (await connectEngine(context, await context.store.read())).runtime;
}
