import { isIP } from "node:net";
import { Command, InvalidArgumentError, Option } from "commander";
import { startDetached } from "../../daemon/detach.ts";
import { type DaemonOptions, readDaemonSettings } from "../../daemon/options.ts";
import { createAllowedClients } from "../../dns/server/allowed-clients.ts";
import { parseChosenUpstream } from "../../dns/upstreams/chosen-upstreams.ts";
import { formatEndpoint } from "../../resolver/setup-options.ts";
import type { CliContext } from "../cli-context.ts";
import { collect, parseInteger, withExamples } from "../options.ts";
import { withController } from "../use-controller.ts";

interface StartFlags {
  port?: number;
  address?: string;
  upstream?: string[];
  allow?: string[];
  logQueries?: boolean;
  blockRebinding?: boolean;
  firefoxCanary?: boolean;
  detach?: boolean;
}

/** `cilo dns start`: the daemon, in this terminal or behind it. */
export function dnsStartCommand(cli: CliContext): Command {
  const command = withServerOptions(new Command("start"))
    .summary("start the DNS server")
    .description(
      "Starts the DNS server in the foreground, as a service manager wants it, or with --detach behind this terminal. What is not given here is taken from config.yml in CILO_HOME; --no-log-queries and its like take back what stands there.",
    )
    .option("--detach", "start it in the background and return once it answers")
    .action(async ({ detach, ...flags }: StartFlags) => {
      const options = toOptions(flags);
      if (!detach) return await cli.runDaemon(options);
      await withController(cli, {}, async ({ paths, control, signal }) => {
        // What is wrong with the file is better told here than by a daemon that ends at once.
        await readDaemonSettings(paths);
        const running = await control.send({ type: "status" });
        if (running !== null && isAsAsked(options, running)) {
          const endpoint = formatEndpoint(running.address, running.port);
          cli.terminal.stdout.write(`answering already on ${endpoint} (pid ${running.pid})\n`);
          return;
        }
        const command = [...cli.self, "dns", "start", ...toArguments(options)];
        const status = await startDetached({ paths, control, signal, env: cli.env, command });
        const endpoint = formatEndpoint(status.address, status.port);
        cli.terminal.stdout.write(`answering on ${endpoint} (pid ${status.pid})\n`);
      });
    });
  return withExamples(command, [
    ["cilo dns start --detach", "in the background"],
    ["cilo dns start --port 5454 --upstream 9.9.9.9", "another port, a server of your choice"],
    ["cilo dns start --upstream corp.example=10.8.0.1", "a company's names from its own server"],
    ["cilo dns start --address 0.0.0.0 --allow 192.168.1.0/24", "for your other machines"],
  ]);
}

/**
 * Whether one that runs is what these options ask for. What it forwards and to whom it answers may have come from
 * anywhere, so options for that ask for a new one.
 */
function isAsAsked({ port, address, ...rest }: DaemonOptions, running: { address: string; port: number }): boolean {
  const isOther = (asked: string | number | undefined, is: string | number) => asked !== undefined && asked !== is;
  return Object.keys(rest).length === 0 && !isOther(port, running.port) && !isOther(address, running.address);
}

function withServerOptions(command: Command): Command {
  return command
    .addOption(portOption())
    .addOption(
      new Option("--address <address>", "IP address to listen on (default: 127.0.0.1)").argParser(parseAddress),
    )
    .addOption(
      new Option(
        "--upstream <server>",
        "forward to ADDRESS[:PORT], or names below a domain to DOMAIN=ADDRESS[:PORT]; repeatable (default: the system's own)",
      ).argParser(collect),
    )
    .addOption(
      new Option("--allow <cidr>", "answer these clients too; repeatable (default: this machine only)").argParser(
        collect,
      ),
    )
    .option("--log-queries", "write every query to the log; by default none is")
    .addOption(new Option("--no-log-queries").hideHelp())
    .option("--block-rebinding", "empty answers of others that lead to this machine or an environment")
    .addOption(new Option("--no-block-rebinding").hideHelp())
    .option("--firefox-canary", "have Firefox leave names to the system instead of asking a server of its own")
    .addOption(new Option("--no-firefox-canary").hideHelp());
}

/** `--port`, else CILO_DNS_PORT. */
export function portOption(): Option {
  return new Option("--port <number>", "UDP and TCP port; 0 takes a free one (default: 5354)")
    .env("CILO_DNS_PORT")
    .argParser(parseInteger("--port", 0, 65_535));
}

function parseAddress(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new InvalidArgumentError("--address is an IP address, such as 127.0.0.1.");
}

/** @throws CILO_USAGE for what is no server and no range of addresses. */
function toOptions({ upstream, ...flags }: Omit<StartFlags, "detach">): DaemonOptions {
  for (const server of upstream ?? []) parseChosenUpstream(server);
  createAllowedClients(flags.allow ?? []);
  return upstream === undefined ? flags : { ...flags, upstreams: upstream };
}

/** The command line that says the same. */
export function toArguments(options: DaemonOptions): string[] {
  const { port, address, upstreams = [], allow = [], logQueries, blockRebinding, firefoxCanary } = options;
  return [
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...(address === undefined ? [] : ["--address", address]),
    ...upstreams.flatMap((server) => ["--upstream", server]),
    ...allow.flatMap((range) => ["--allow", range]),
    ...toFlag("log-queries", logQueries),
    ...toFlag("block-rebinding", blockRebinding),
    ...toFlag("firefox-canary", firefoxCanary),
  ];
}

function toFlag(name: string, value: boolean | undefined): string[] {
  if (value === undefined) return [];
  return [value ? `--${name}` : `--no-${name}`];
}
