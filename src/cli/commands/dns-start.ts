import { Command, Option } from "commander";
import { startDetached } from "../../daemon/detach.ts";
import type { CliContext } from "../cli-context.ts";
import { collect, parseInteger, withExamples } from "../options.ts";
import { withController } from "../use-controller.ts";

interface StartFlags {
  port?: number;
  address?: string;
  upstream: string[];
  detach?: boolean;
}

/** `cilo dns start`: the daemon, in this terminal or behind it. */
export function dnsStartCommand(cli: CliContext): Command {
  const command = new Command("start")
    .summary("start the DNS server")
    .description(
      "Starts the DNS server in the foreground, as a service manager wants it, or with --detach behind this terminal.",
    )
    .addOption(
      new Option("--port <number>", "UDP and TCP port; 0 takes a free one")
        .env("CILO_DNS_PORT")
        .argParser(parseInteger("--port", 0, 65_535)),
    )
    .option("--address <address>", "address to listen on (default: 127.0.0.1)")
    .addOption(
      new Option("--upstream <server>", "forward to this server instead of the system's own; repeatable")
        .argParser(collect)
        .default([], "the system's own"),
    )
    .option("--detach", "start it in the background and return once it answers")
    .action(async (flags: StartFlags) => {
      const options = {
        upstreams: flags.upstream,
        ...(flags.port === undefined ? {} : { port: flags.port }),
        ...(flags.address === undefined ? {} : { address: flags.address }),
      };
      if (!flags.detach) return await cli.runDaemon(options);
      await withController(cli, {}, async ({ paths, control, signal }) => {
        const status = await startDetached({ paths, control, signal, env: cli.env, command: toCommand(cli, flags) });
        cli.terminal.stdout.write(`answering on ${status.address}:${status.port} (pid ${status.pid})\n`);
      });
    });
  return withExamples(command, [
    ["cilo dns start --detach", "in the background"],
    ["cilo dns start --port 5454 --upstream 9.9.9.9", "another port, a server of your choice"],
  ]);
}

function toCommand(cli: CliContext, flags: StartFlags): string[] {
  return [
    ...cli.self,
    "dns",
    "start",
    ...(flags.port === undefined ? [] : ["--port", String(flags.port)]),
    ...(flags.address === undefined ? [] : ["--address", flags.address]),
    ...flags.upstream.flatMap((server) => ["--upstream", server]),
  ];
}
