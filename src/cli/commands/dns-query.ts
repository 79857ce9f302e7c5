import { Command, Option } from "commander";
import { CiloError } from "../../base/errors.ts";
import type { TracedReply } from "../../control/trace.ts";
import type { ControllerContext } from "../../controller/context.ts";
import { queryServer } from "../../dns/client.ts";
import { parseQuestion, reverseNameOf } from "../../dns/question.ts";
import { formatRecordType } from "../../dns/wire/protocol-numbers.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { describeEmptyReply, renderRecords } from "../render/dns-reply.ts";
import { renderTrace } from "../render/dns-trace.ts";
import { requireDaemon, requireRunning } from "../require-daemon.ts";
import { printJson, withController } from "../use-controller.ts";

interface QueryFlags extends CommonOptions {
  tcp?: boolean;
  reverse?: string;
  trace?: boolean;
}

/** What is asked for: ASCII, and a type in capitals. */
interface Asked {
  name: string;
  type: string;
}

/** `cilo dns query`: asks the server itself, past the system's resolver. */
export function dnsQueryCommand(cli: CliContext): Command {
  const command = new Command("query")
    .summary("ask the DNS server for a name")
    .description("Asks the DNS server for a name, past the system's resolver. Ends with 1 when there is no answer.")
    .argument("[name]", "the name, in any script")
    .argument("[type]", "record type (default: A)")
    .option("-x, --reverse <address>", "ask for the name of an address instead")
    .option("--trace", "show which rule answers, from which revision, and which servers were asked for how long")
    .addOption(new Option("--tcp", "ask over TCP"))
    .addOption(jsonOption())
    .action(async (name: string | undefined, type: string | undefined, flags: QueryFlags) => {
      const asked = toAsked({ name, type, reverse: flags.reverse });
      await withController(cli, flags, async (controller) => {
        const reply = await (flags.trace ? trace : query)({ cli, controller, asked, flags });
        if (reply !== null && reply.answers.length > 0) return;
        cli.setExitCode(1);
        if (reply !== null && !flags.trace) controller.emit({ type: "info", text: describeEmptyReply(reply, asked) });
      });
    });
  return withExamples(command, [
    ["cilo dns query web.login.test", "its address"],
    ["cilo dns query -x 10.224.0.10", "the name of an address"],
    ["cilo dns query example.org AAAA --trace", "how the answer comes about"],
  ]);
}

function toAsked({
  name,
  type,
  reverse,
}: {
  name?: string | undefined;
  type?: string | undefined;
  reverse?: string | undefined;
}): Asked {
  const help = { hint: 'run "cilo dns query --help"' };
  if (reverse !== undefined) {
    if (name !== undefined) throw new CiloError("CILO_USAGE", "--reverse takes the place of name and type", help);
    return { name: reverseNameOf(reverse), type: "PTR" };
  }
  if (name === undefined) throw new CiloError("CILO_USAGE", "missing required argument 'name'", help);
  const question = parseQuestion(name, type ?? "A");
  return { name: question.name, type: formatRecordType(question.type) };
}

interface Asking {
  cli: CliContext;
  controller: ControllerContext;
  asked: Asked;
  flags: QueryFlags;
}

/** Over the network, as any program would. */
async function query({ cli, controller, asked, flags }: Asking): Promise<TracedReply> {
  const daemon = await requireDaemon(controller.control);
  const reply = await queryServer({
    ...asked,
    server: daemon.address,
    port: daemon.port,
    ...(flags.tcp ? { transport: "tcp" } : {}),
    signal: controller.signal,
  });
  if (flags.json) printJson(cli, { reply });
  else cli.terminal.stdout.write(renderRecords(reply.answers));
  return reply;
}

/** Within the server, which then says how it came to the answer. */
async function trace({ cli, controller, asked, flags }: Asking): Promise<TracedReply | null> {
  const { name, type: recordType } = asked;
  const transport = flags.tcp ? "tcp" : "udp";
  const traced = requireRunning(await controller.control.send({ type: "trace", name, recordType, transport }));
  if (flags.json) printJson(cli, { trace: traced });
  else cli.terminal.stdout.write(renderTrace(traced));
  return traced.reply;
}
