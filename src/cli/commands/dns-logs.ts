import { join } from "node:path";
import { Command, Option } from "commander";
import { CiloError } from "../../base/errors.ts";
import type { ShownLogRecord } from "../../control/log-records.ts";
import type { ControllerContext } from "../../controller/context.ts";
import { readLogFile } from "../../daemon/log-file.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { parseInteger, withExamples } from "../options.ts";
import { renderLogRecord, renderLogRecordAsJson } from "../render/dns-logs.ts";
import { requireRunning } from "../require-daemon.ts";
import { withController } from "../use-controller.ts";
import { writeToReader } from "../write-to-reader.ts";

interface LogsFlags extends CommonOptions {
  follow?: boolean;
  queries?: boolean;
  tail: number;
}

/** 128 and the number of SIGINT: what Ctrl-C ends a program with that follows something, `cilo logs --follow` too. */
const interruptedExitCode = 130;

/** `cilo dns logs`: what the daemon has to say of itself, or of the queries it answers. */
export function dnsLogsCommand(cli: CliContext): Command {
  const command = new Command("logs")
    .summary("show the DNS server's log, or its queries as they come")
    .description(
      "Shows the last lines of the DNS server's log. With --queries, one line for each query instead, until Ctrl-C; they are told to whoever watches and kept nowhere, unless the server was started with --log-queries.",
    )
    .option("-f, --follow", "go on as more is written, until Ctrl-C")
    .option("--queries", "show queries, as they come")
    .addOption(
      new Option("-n, --tail <lines>", "how many of the last lines to begin with")
        .argParser(parseInteger("--tail", 0, 1_000_000))
        .default(100),
    )
    .addOption(new Option("--json", "print JSON, one object a line; fields are only ever added"))
    .action(async (flags: LogsFlags) => {
      await withController(cli, flags, async (controller) => {
        const { queries = false, tail } = flags;
        const follow = flags.follow === true || queries;
        const records = await controller.control.follow({ type: "logs", queries, tail, follow }, controller.signal);
        const print = createPrinter(cli, { asJson: flags.json === true, signal: controller.signal });
        if (records === null) return await showLogFile(controller, { queries, tail, follow }, print);
        if (queries) controller.emit({ type: "info", text: "watching queries; Ctrl-C ends" });
        for await (const record of records) {
          if (record.type === "end") {
            if (record.reason === "stopping") controller.emit({ type: "info", text: "the DNS server stops" });
          } else if (!(await print(record))) break;
        }
        if (controller.signal.aborted) cli.setExitCode(interruptedExitCode);
      });
    });
  return withExamples(command, [
    ["cilo dns logs --follow", "what the server does, as it does it"],
    ["cilo dns logs --queries", "who asks for what, and where the answer is from"],
  ]);
}

/** Prints one record. @returns false once nobody reads any more. */
type Printer = (record: ShownLogRecord) => Promise<boolean>;

function createPrinter({ terminal }: CliContext, options: { asJson: boolean; signal: AbortSignal }): Printer {
  const render = options.asJson ? renderLogRecordAsJson : renderLogRecord;
  return (record) => writeToReader(terminal.stdout, render(record), options.signal);
}

/** Without a daemon there is still what the last one behind a terminal left; there is nothing to follow. */
async function showLogFile(
  { paths, emit }: ControllerContext,
  wanted: { queries: boolean; tail: number; follow: boolean },
  print: Printer,
): Promise<void> {
  const path = join(paths.logs, "daemon.log");
  const file = requireRunning(await readLogFile(path, wanted));
  for (const record of file.records) if (!(await print(record))) return;
  emit({ type: "info", text: `no DNS server runs; so ends ${path}, written ${file.writtenAt.toISOString()}` });
  if (wanted.follow) {
    throw new CiloError("CILO_DAEMON_NOT_RUNNING", "no DNS server runs that could be followed", {
      hint: 'start it with "cilo dns start --detach"',
    });
  }
}
