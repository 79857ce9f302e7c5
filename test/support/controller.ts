import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { createControlClient } from "../../src/control/client.ts";
import type { ControllerContext, ControllerEvent } from "../../src/controller/context.ts";
import { resolveEndpoint } from "../../src/runtime/docker/endpoint.ts";
import { createDockerProvider } from "../../src/runtime/docker/provider.ts";
import { createStateStore } from "../../src/state/store.ts";

/** What the program gives its use cases, for an installation in `home` and the engine that the tests use. */
export function createController(home: string, changes: Partial<ControllerContext> = {}): ControllerContext {
  const env: NodeJS.ProcessEnv = { ...process.env, CILO_HOME: home };
  const paths = resolvePaths(env);
  const { signal } = new AbortController();
  return {
    paths,
    env,
    cwd: home,
    platform: process.platform,
    clock: systemClock,
    signal,
    store: createStateStore({ paths }),
    control: createControlClient(paths),
    resolveEndpoint: () => resolveEndpoint({ env }),
    openRuntime: (endpoint, limits = {}) => createDockerProvider({ endpoint, env, signal, limits }),
    emit: (_event: ControllerEvent) => {},
    ...changes,
  };
}

/** The same for an empty installation that goes with the test, on a machine where no engine answers. */
export async function createControllerWithoutEngine(t: TestContext): Promise<ControllerContext> {
  const home = await mkdtemp(join(tmpdir(), "cilo-home-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const endpoint = `unix://${home}/none.sock`;
  return createController(home, { resolveEndpoint: async () => ({ endpoint, source: "DOCKER_HOST" }) });
}
