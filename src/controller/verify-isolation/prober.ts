import type { ContainerSetup } from "../../model/container-setup.ts";
import type { ProbeRuntime } from "../../runtime/probe-runtime.ts";
import type { ProbeLimits } from "./limits.ts";
import { idleCommands } from "./methods/ladder.ts";
import { type ProbeMethod, questionsAtOnce } from "./methods/probe-method.ts";

/** A container in which programs can be run, inside the network namespace that is probed from. */
export interface Executor {
  containerId: string;
  via: "container" | "probe-container";
  image: string;
}

export interface ProberOptions {
  runtime: ProbeRuntime;
  limits: ProbeLimits;
  signal: AbortSignal;
  /** Labels of a probe container for an environment, by its key. */
  labelsFor(environment: string): Record<string, string>;
}

/** Runs probes, and has the probe containers it makes gone when it is disposed of. */
export interface Prober extends AsyncDisposable {
  /** Runs a method inside a container. @returns what it wrote, null when its program could not be run. */
  ask(
    executor: Executor,
    method: ProbeMethod,
    questions: { values: readonly string[]; count: number },
  ): Promise<string | null>;
  /**
   * Puts a container of an image into another one's network namespace.
   * @returns null when nothing in the image can be run.
   */
  join(joined: { owner: ContainerSetup; environment: string }, image: string): Promise<Executor | null>;
  /** Removes the container of an executor that `join` made; for others nothing. */
  leave(executor: Executor): Promise<void>;
}

/** Exit codes of shells and engines for a program that is not there or cannot be run. */
const notRunCodes = new Set([126, 127]);
/** For the engine to start a program, on a loaded machine. */
const startAllowanceMs = 10_000;

/** Makes a prober for one run. */
export function createProber({ runtime, limits, signal, labelsFor }: ProberOptions): Prober {
  const made = new Set<string>();
  const timeoutSeconds = Math.ceil(limits.probeTimeoutMs / 1000);
  const remove = async (id: string) => {
    await runtime.removeProbeContainer(id);
    made.delete(id);
  };
  return {
    async ask({ containerId }, method, { values, count }) {
      const rounds = Math.ceil(count / questionsAtOnce);
      const result = await runtime.execute(containerId, {
        command: method.command(values, timeoutSeconds),
        // Messages are told apart by their English words.
        env: { LC_ALL: "C" },
        timeoutMs: startAllowanceMs + rounds * (timeoutSeconds + 1) * 1000,
        signal,
      });
      if (result.refusal !== null) return null;
      return result.exitCode !== null && notRunCodes.has(result.exitCode) ? null : result.output;
    },
    async join({ owner, environment }, image) {
      for (const idle of idleCommands) {
        signal.throwIfAborted();
        const started = await runtime.startProbeContainer({
          image,
          joins: owner.id,
          command: idle(limits.containerLifeSeconds),
          labels: labelsFor(environment),
        });
        if ("refusal" in started) continue;
        made.add(started.id);
        return { containerId: started.id, via: "probe-container", image };
      }
      return null;
    },
    async leave({ containerId, via }) {
      if (via === "probe-container") await remove(containerId);
    },
    async [Symbol.asyncDispose]() {
      // Where the engine does not do it now, it does when their time is over.
      await Promise.allSettled([...made].map(remove));
    },
  };
}
