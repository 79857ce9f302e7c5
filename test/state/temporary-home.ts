import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Paths, resolvePaths } from "../../src/base/paths.ts";
import { type Environment, keyOf } from "../../src/model/environment.ts";
import type { State } from "../../src/model/state.ts";
import { makeEnvironment } from "../support/environment.ts";

/** A CILO_HOME that does not exist yet, inside a directory that is removed with the test. */
export async function createTemporaryHome(t: TestContext): Promise<Paths> {
  const folder = await createTemporaryFolder(t);
  return resolvePaths({ CILO_HOME: join(folder, "home") });
}

/** A directory that is removed with the test. */
export async function createTemporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cilo-state-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Puts an environment into a draft; what is not given is as after `create`. */
export function addEnvironment(draft: State, given: Partial<Environment> & { id: string }): Environment {
  const environment = makeEnvironment({ name: given.id, status: "created", ...given });
  draft.hosts.local.environments[keyOf(environment)] = environment;
  return environment;
}
