import { Command } from "commander";
import type { CliContext } from "../cli-context.ts";
import { withExamples } from "../options.ts";
import { dnsLogsCommand } from "./dns-logs.ts";
import { dnsQueryCommand } from "./dns-query.ts";
import { dnsSetupCommand } from "./dns-setup.ts";
import { dnsStartCommand } from "./dns-start.ts";
import { dnsStatusCommand } from "./dns-status.ts";
import { dnsStopCommand } from "./dns-stop.ts";

/** `cilo dns`: the server that answers the names. */
export function dnsCommand(cli: CliContext): Command {
  const command = new Command("dns")
    .summary("the DNS server that answers the environments' names")
    .description("Starts, stops and asks the DNS server that answers the environments' names and forwards all others.")
    .addCommand(dnsStartCommand(cli))
    .addCommand(dnsStopCommand(cli))
    .addCommand(dnsStatusCommand(cli))
    .addCommand(dnsQueryCommand(cli))
    .addCommand(dnsLogsCommand(cli))
    .addCommand(dnsSetupCommand(cli));
  return withExamples(command, [
    ["cilo dns start --detach", "names answer from now on"],
    ["cilo dns setup", "how to point this machine's resolver here"],
  ]);
}
