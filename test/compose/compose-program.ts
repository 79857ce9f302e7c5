import { CiloError } from "../../src/base/errors.ts";
import { exec } from "../../src/base/exec.ts";
import type { RunCompose } from "../../src/compose/run-compose.ts";
import { findComposeProgram, readComposeVersion } from "../../src/runtime/docker/compose-program.ts";

/**
 * Runs the Docker Compose that cilo would: DOCKER_CONFIG can name another than the machine's. `config` needs no engine.
 * @see versions.test.ts, which has the tests of this folder run with each version there is.
 */
export const runCompose: RunCompose = async (args, options) => {
  const program = await findComposeProgram({ env: process.env });
  return exec(program.file, [...program.args, ...args], options);
};

/** Why tests that need the program cannot run here, or false when they can; where CI is set they fail instead. */
export async function reasonWithoutCompose(): Promise<string | false> {
  try {
    await readComposeVersion(await findComposeProgram({ env: process.env }), process.env);
    return false;
  } catch (error) {
    if (process.env.CI || !(error instanceof CiloError)) throw error;
    return `${error.message}; ${error.hint}`;
  }
}
