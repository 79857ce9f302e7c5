import { Command } from "commander";
import type { DaemonStatus } from "../../control/messages.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderTable } from "../render/table.ts";
import { requireDaemon } from "../require-daemon.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo dns status`: where the server listens, what it knows, where it forwards to. */
export function dnsStatusCommand(cli: CliContext): Command {
  const command = new Command("status")
    .summary("show whether and how the DNS server runs")
    .description("Shows where the DNS server listens, which state it answers from, and which servers it forwards to.")
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async ({ control }) => {
        const status = await requireDaemon(control);
        if (flags.json) printJson(cli, { daemon: status });
        else cli.terminal.stdout.write(renderDaemon(status));
      });
    });
  return withExamples(command, [["cilo dns status --json", "for a program, with counters"]]);
}

function renderDaemon(status: DaemonStatus): string {
  const { servers, source, leftOut } = status.upstreams;
  const engine = status.engine.connected
    ? `following ${status.engine.endpoint}`
    : `not followed: ${status.engine.message ?? "unknown"}`;
  return renderTable([
    ["listening", `${status.address}:${status.port} (pid ${status.pid}, since ${status.startedAt})`],
    ["state", `revision ${status.revision}, ${status.environments} environments, serial ${status.serial}`],
    ["engine", engine],
    ["upstreams", servers.length === 0 ? `none (${source})` : `${servers.join(", ")} (${source})`],
    ...leftOut.map(({ server, reason }) => ["left out", `${server}: ${reason}`]),
    ...status.warnings.map((warning) => ["warning", warning]),
  ]);
}
