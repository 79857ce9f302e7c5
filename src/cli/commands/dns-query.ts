import { Command, Option } from "commander";
import { queryServer } from "../../dns/client.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { renderTable } from "../render/table.ts";
import { requireDaemon } from "../require-daemon.ts";
import { printJson, withController } from "../use-controller.ts";

interface QueryFlags extends CommonOptions {
  tcp?: boolean;
}

/** `cilo dns query`: asks the server itself, past the system's resolver. */
export function dnsQueryCommand(cli: CliContext): Command {
  const command = new Command("query")
    .summary("ask the DNS server for a name")
    .description("Asks the DNS server for a name, past the system's resolver. Ends with 1 when there is no answer.")
    .argument("<name>", "the name")
    .argument("[type]", "record type", "A")
    .addOption(new Option("--tcp", "ask over TCP"))
    .addOption(jsonOption())
    .action(async (name: string, type: string, flags: QueryFlags) => {
      await withController(cli, flags, async ({ control, emit, signal }) => {
        const daemon = await requireDaemon(control);
        const reply = await queryServer({
          server: daemon.address,
          port: daemon.port,
          name,
          type: type.toUpperCase(),
          transport: flags.tcp ? "tcp" : "udp",
          signal,
        });
        if (flags.json) printJson(cli, { reply });
        else {
          cli.terminal.stdout.write(
            renderTable(reply.answers.map(({ name, ttlSeconds, type, data }) => [name, `${ttlSeconds}`, type, data])),
          );
        }
        if (reply.answers.length > 0) return;
        emit({ type: "info", text: reply.rcode === "NOERROR" ? `${name} has no ${type} record` : reply.rcode });
        cli.setExitCode(1);
      });
    });
  return withExamples(command, [
    ["cilo dns query web.login.test", "its address"],
    ["cilo dns query 10.0.224.10.in-addr.arpa PTR", "the name of an address"],
  ]);
}
