import type { TestContext } from "node:test";
import { exec } from "../../src/base/exec.ts";
import { resolveEndpoint } from "../../src/runtime/docker/endpoint.ts";

const probeTimeoutMs = 10_000;

/**
 * Says why tests that need a Docker Engine cannot run here, or false when one answers: the value of a test's `skip` option.
 * Asked with the `docker` program, so that a fault of ours cannot make the tests that would show it skip themselves.
 * @throws where CI is set and no engine answers: there a skipped test is a failed one.
 */
export async function engineSkip(): Promise<string | false> {
  const probe = await exec("docker", ["version", "--format", "{{.Server.Version}}"], { timeoutMs: probeTimeoutMs });
  if (probe.exitCode === 0 && probe.stdout.trim() !== "") return false;
  const reason = `no Docker Engine answers: ${explain(probe)}`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}

/** Says why tests that need an engine on a unix socket cannot run here, or false. */
export async function unixSkip(): Promise<string | false> {
  const { endpoint } = await resolveEndpoint({ env: process.env });
  return endpoint.startsWith("unix://") ? false : `the engine is at ${endpoint}, which is no unix socket`;
}

function explain(probe: { startFailure: string | null; timedOut: boolean; stderr: string }): string {
  if (probe.startFailure !== null) return `the docker program cannot be started (${probe.startFailure})`;
  if (probe.timedOut) return `no reply within ${probeTimeoutMs} ms`;
  return probe.stderr.trim().split("\n")[0] ?? "no reply";
}

/** Runs the `docker` program, an independent client to arrange engine objects with and to look at what cilo made of them. */
export async function docker(...args: string[]): Promise<string> {
  const result = await exec("docker", args, { timeoutMs: 60_000 });
  if (result.exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${result.stderr.trim()}`);
  return result.stdout.trim();
}

type Removal = () => Promise<unknown>;
const removals = new WeakMap<TestContext, Removal[]>();

/**
 * Removes an engine object when the test ends, however it ends and whether the object is still there or not; the last one named goes
 * first, so that a network's containers are gone before it.
 * @returns the name.
 */
export function removeAfter(t: TestContext, kind: "container" | "network" | "volume" | "image", name: string): string {
  const ofTest = removals.get(t) ?? [];
  if (ofTest.length === 0) {
    removals.set(t, ofTest);
    t.after(async () => {
      for (const remove of ofTest.reverse()) await remove();
    });
  }
  const force = kind === "network" ? [] : ["--force"];
  ofTest.push(() => exec("docker", [kind, "rm", ...force, name], { timeoutMs: 60_000 }));
  return name;
}
