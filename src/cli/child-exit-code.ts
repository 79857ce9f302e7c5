import type { CliContext } from "./cli-context.ts";

/** What `docker run`, `env` and `timeout` give as well when they fail before the command they were to run. */
const failedBeforeChild = 125;

/**
 * Ends with a child's exit code, and with 125 when cilo itself failed before there was one, so that a script can tell
 * the two apart. The terminal is the child's, and so is what Ctrl-C means.
 */
export async function handOverToChild(cli: CliContext, run: () => Promise<number>): Promise<void> {
  cli.signals.leaveToChild();
  cli.setExitCode(failedBeforeChild);
  cli.setExitCode(await run());
}
