import { isAbsolute, join } from "node:path";
import { defaultDnsPort } from "../model/state.ts";
import { renderTemplate } from "./render-template.ts";
import type { SetupOptions } from "./setup-options.ts";
import { installAsUser, type SetupStep } from "./setup-step.ts";
import { shellQuote } from "./shell-quote.ts";

const defaultAddress = "127.0.0.1";
const title = "Run the daemon whenever you are logged in";

/** The step that has the user's service manager run the daemon. */
export function planService(options: SetupOptions): SetupStep {
  return options.mechanism === "macos-resolver" ? planLaunchAgent(options) : planSystemdUnit(options);
}

function planSystemdUnit(options: SetupOptions): SetupStep {
  const from = "systemd-user/cilo.service";
  const to = join(options.homeDirectory, ".config/systemd/user/cilo.service");
  const words = daemonCommand(options).map(systemdQuote);
  const content = renderTemplate(options.templates(from), [
    { start: "ExecStart=", lines: [`ExecStart=${words.join(" ")}`] },
  ]);
  return {
    title,
    file: { from, to, content },
    commands: [
      ...installAsUser(to, content),
      "systemctl --user daemon-reload",
      "systemctl --user enable --now cilo.service",
    ],
    undo: ["systemctl --user disable --now cilo.service", `rm -f ${shellQuote(to)}`, "systemctl --user daemon-reload"],
  };
}

function planLaunchAgent(options: SetupOptions): SetupStep {
  const from = "launchd/cilo.dns.plist";
  const to = join(options.homeDirectory, "Library/LaunchAgents/cilo.dns.plist");
  const words = daemonCommand(options).map((word) => `<string>${escapeXml(word)}</string>`);
  const content = renderTemplate(options.templates(from), [
    { start: "<string>/usr/bin/env</string> <string>cilo</string>", lines: [words.join(" ")] },
  ]);
  return {
    title,
    file: { from, to, content },
    commands: [...installAsUser(to, content), `launchctl bootstrap gui/$(id -u) ${shellQuote(to)}`],
    undo: ["launchctl bootout gui/$(id -u)/cilo.dns", `rm -f ${shellQuote(to)}`],
  };
}

/**
 * The daemon's command line. A service manager has none of the user's environment, so what differs from the defaults is said.
 */
function daemonCommand(options: SetupOptions): string[] {
  const [program = "cilo"] = options.ciloCommand;
  return [
    // Service managers want an absolute path; env looks a name up in the PATH that the service has.
    ...(isAbsolute(program) ? [] : ["/usr/bin/env"]),
    ...options.ciloCommand,
    "dns",
    "start",
    ...(options.port === defaultDnsPort ? [] : ["--port", String(options.port)]),
    ...(options.address === defaultAddress ? [] : ["--address", options.address]),
  ];
}

/**
 * Quotes a word of a command line in a unit, where "%" and "$" mean something even in quotes.
 * @see systemd.service(5), "COMMAND LINES"; systemd.syntax(7), "QUOTING"
 */
function systemdQuote(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (!/[\s"'\\;]/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
