import { Command } from "commander";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderDaemonStatus } from "../render/dns-status.ts";
import { requireDaemon } from "../require-daemon.ts";
import { printJson, withController } from "../use-controller.ts";

/** `cilo dns status`: where the server listens, what it knows, where it forwards to, and how that goes. */
export function dnsStatusCommand(cli: CliContext): Command {
  const command = new Command("status")
    .summary("show whether and how the DNS server runs")
    .description(
      "Shows where the DNS server listens, whom it answers, which state it answers from, what it was asked so far, and how the servers do that it forwards to.",
    )
    .addOption(jsonOption())
    .action(async (flags: CommonOptions) => {
      await withController(cli, flags, async ({ control }) => {
        const status = await requireDaemon(control);
        if (flags.json) printJson(cli, { daemon: status });
        else cli.terminal.stdout.write(renderDaemonStatus(status));
      });
    });
  return withExamples(command, [["cilo dns status --json", "for a program, with counters"]]);
}
