import { Command } from "commander";
import { CiloError } from "../../base/errors.ts";
import { waitFor } from "../../base/wait.ts";
import type { ControlClient } from "../../control/client.ts";
import type { CliContext } from "../cli-context.ts";
import { withExamples } from "../options.ts";
import { withController } from "../use-controller.ts";

/** How long a daemon may take to finish what is in flight. */
const stopTimeoutMs = 10_000;

/** `cilo dns stop`: the daemon ends once it has answered what it was asked. */
export function dnsStopCommand(cli: CliContext): Command {
  const command = new Command("stop")
    .summary("stop the DNS server")
    .description("Stops the DNS server of this CILO_HOME. The environments go on running.")
    .action(async () => {
      await withController(cli, {}, async ({ control, emit, signal }) => {
        const stopped = await control.send({ type: "stop" });
        if (stopped === null) {
          emit({ type: "info", text: "no DNS server runs" });
          return;
        }
        if ((await waitFor(() => isGone(control), { timeoutMs: stopTimeoutMs, signal })) === null) {
          throw new CiloError("CILO_DAEMON_NO_ACK", `the daemon (pid ${stopped.pid}) did not stop`, {
            hint: `end it with "kill ${stopped.pid}"`,
          });
        }
        cli.terminal.stdout.write(`stopped (pid ${stopped.pid})\n`);
      });
    });
  return withExamples(command, [["cilo dns stop", "names stop answering, environments go on"]]);
}

async function isGone(control: ControlClient): Promise<true | null> {
  try {
    return (await control.send({ type: "status" })) === null ? true : null;
  } catch (error) {
    // A daemon about to end hangs up on whoever still asks.
    if (error instanceof CiloError && error.code === "CILO_DAEMON_NO_ACK") return null;
    throw error;
  }
}
