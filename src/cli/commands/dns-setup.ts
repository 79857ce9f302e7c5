import { homedir } from "node:os";
import { Command } from "commander";
import { CiloError } from "../../base/errors.ts";
import { readDaemonSettings } from "../../daemon/options.ts";
import { toCanonicalAddress } from "../../dns/upstreams/address.ts";
import { publishedSubnets } from "../../model/kept-networks.ts";
import { detectMechanism, systemResolverEnvironment } from "../../resolver/detect.ts";
import { outsideHostnames } from "../../resolver/outside-hostnames.ts";
import { planSetup, type SetupStep } from "../../resolver/plan.ts";
import type { CliContext, CommonOptions } from "../cli-context.ts";
import { jsonOption, withExamples } from "../options.ts";
import { printJson, withController } from "../use-controller.ts";
import { portOption } from "./dns-start.ts";

interface SetupFlags extends CommonOptions {
  port?: number;
}

/** `cilo dns setup`: what this machine needs so that the names answer everywhere. It prints and changes nothing. */
export function dnsSetupCommand(cli: CliContext): Command {
  const command = new Command("setup")
    .summary("print how to point this machine's resolver here")
    .description(
      "Prints which files go where on this machine, and the commands, so that every program resolves the names.",
    )
    .addOption(jsonOption())
    // For CILO_DNS_PORT, which the server would take.
    .addOption(portOption().hideHelp())
    .action(async (flags: SetupFlags) => {
      await withController(cli, flags, async ({ paths, store, control, emit }) => {
        const state = await store.read();
        const daemon = await control.send({ type: "status" });
        const settings = await readDaemonSettings(paths);
        const address = daemon?.address ?? settings.address ?? "127.0.0.1";
        const port = daemon?.port ?? flags.port ?? settings.port ?? state.dnsPort;
        if (port === 0) throw noFixedPort(paths.configFile);
        const { mechanism, reason, warnings } = await detectMechanism(systemResolverEnvironment);
        const environments = Object.values(state.hosts.local.environments);
        const suffixes = [...new Set([state.suffix, ...environments.map(({ suffix }) => suffix)])].sort();
        const steps = planSetup({
          mechanism,
          // Who listens on every address is reached at the loopback one.
          address: toCanonicalAddress(address) ?? address,
          port,
          suffixes,
          hostnames: outsideHostnames(environments, suffixes),
          subnets: publishedSubnets(state, environments),
          templates: cli.readTemplate,
          homeDirectory: homedir(),
          ciloCommand: cli.env.CILO_HOME ? ["/usr/bin/env", `CILO_HOME=${paths.home}`, ...cli.self] : [...cli.self],
        });
        if (flags.json) {
          printJson(cli, { mechanism, reason, warnings, steps });
          return;
        }
        for (const text of warnings) emit({ type: "warning", text });
        if (daemon !== null) emit({ type: "info", text: describeRunning(daemon.pid, paths.configFile) });
        cli.terminal.stdout.write(`# This machine: ${reason}\n\n${steps.map(renderStep).join("\n")}`);
      });
    });
  return withExamples(command, [["cilo dns setup", "what goes where, with the commands to copy"]]);
}

function noFixedPort(configFile: string): CiloError {
  return new CiloError("CILO_USAGE", "nothing can be pointed at port 0: the server takes another one at every start", {
    hint: `give it a port: edit ${configFile} or CILO_DNS_PORT, or run "cilo dns start --detach --port 5354" first`,
  });
}

/** Two servers cannot be, and a service starts with what is in the file. */
function describeRunning(pid: number, configFile: string): string {
  return `a DNS server runs already (pid ${pid}): unless it is the service of step 1, run "cilo dns stop" before that; put options you gave it into ${configFile}`;
}

function renderStep(step: SetupStep, index: number): string {
  // Commands stand at the margin: a here-document's closing word must.
  const undo = step.undo.length === 0 ? [] : ["", "# to undo it:", ...step.undo.map((line) => `#   ${line}`)];
  return `# ${index + 1}. ${step.title}\n${[...step.commands, ...undo].join("\n")}\n`;
}
