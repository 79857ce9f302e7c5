import { writeFileAtomically } from "../../../src/base/atomic-write.ts";
import { CiloError } from "../../../src/base/errors.ts";
import { createControlClient } from "../../../src/control/client.ts";
import { type Environment, keyOf } from "../../../src/model/environment.ts";
import { toPublished } from "../../../src/model/published.ts";
import { type Change, environmentAt } from "./change-plan.ts";
import { type BenchedDaemon, stateOf } from "./servers/cilo.ts";

/** Makes changes as a command does: state first, then word to the daemon. */
export interface ChangePublisher {
  /** Writes the change to the state file; the daemon may see it there from now on. */
  commit(change: Change): Promise<void>;
  /**
   * Tells the daemon, and waits until it answers from the change.
   * @throws CILO_COMMAND_FAILED when it does not listen any more, and what it says.
   */
  publish(change: Change): Promise<void>;
}

/** @param environments those the daemon was started with. */
export function createChangePublisher(daemon: BenchedDaemon, environments: readonly Environment[]): ChangePublisher {
  const control = createControlClient(daemon.paths);
  const state = stateOf(daemon.paths.home, environments);
  return {
    async commit({ index, environment }) {
      const key = keyOf(environmentAt(index, 0));
      if (environment === null) delete state.hosts.local.environments[key];
      else state.hosts.local.environments[key] = environment;
      state.revision += 1;
      await writeFileAtomically(daemon.paths.stateFile, JSON.stringify(state));
    },
    async publish({ index, environment }) {
      const { revision } = state;
      const { id, composeProject, status } = environmentAt(index, 0);
      const result =
        environment === null
          ? await control.send({ type: "withdraw", revision, environmentId: id })
          : await control.send({
              type: "publish",
              revision,
              status,
              composeProject,
              environment: toPublished(environment),
            });
      if (result === null) throw new CiloError("CILO_COMMAND_FAILED", "the daemon does not listen any more");
    },
  };
}
