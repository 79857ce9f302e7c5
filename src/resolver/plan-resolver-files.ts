import { renderTemplate, type Setting } from "./render-template.ts";
import { reverseZonesOf } from "./reverse-zones.ts";
import { setupFileOf } from "./setup-file.ts";
import { formatEndpoint, type SetupOptions } from "./setup-options.ts";
import { installAsRoot, type SetupStep } from "./setup-step.ts";
import { shellQuote } from "./shell-quote.ts";

/** A file of the operating system's resolver and what makes it count. */
interface ResolverFile {
  title: string;
  from: string;
  to: string;
  settings: Setting[];
  reload: string[];
}

/** The steps that make the operating system send our domains to us. */
export function planResolverFiles(options: SetupOptions): SetupStep[] {
  if (options.mechanism === "unknown") return [planByHand(options)];
  return resolverFilesOf(options).map((file) => toStep(file, options));
}

function resolverFilesOf(options: SetupOptions): ResolverFile[] {
  switch (options.mechanism) {
    case "dns-delegate":
      return [resolvedFile(options, "dns-delegate/cilo.dns-delegate")];
    case "resolved-drop-in":
      return [resolvedFile(options, "systemd-resolved/cilo.conf")];
    case "networkmanager-dnsmasq":
      return [dnsmasqFile(options, "sudo nmcli general reload dns-full")];
    case "dnsmasq":
      return [dnsmasqFile(options, "sudo systemctl restart dnsmasq")];
    case "macos-resolver":
      return macosFiles(options);
    default:
      return [];
  }
}

function resolvedFile(options: SetupOptions, from: string): ResolverFile {
  const routes = domainsOf(options).map((domain) => `~${domain}`);
  return {
    title: "Send cilo's domains to cilo, by systemd-resolved",
    from,
    to: placeOf(options),
    settings: [
      { start: "DNS=", lines: [`DNS=${formatEndpoint(options.address, options.port)}`] },
      { start: "Domains=", lines: [`Domains=${routes.join(" ")}`] },
    ],
    reload: ["sudo systemctl restart systemd-resolved"],
  };
}

function dnsmasqFile(options: SetupOptions, reload: string): ResolverFile {
  const server = `${options.address}#${options.port}`;
  return {
    title: "Send cilo's domains to cilo, by dnsmasq",
    from: "dnsmasq/cilo.conf",
    to: placeOf(options),
    settings: [
      { start: "server=/", lines: domainsOf(options).map((domain) => `server=/${domain}/${server}`) },
      { start: "rebind-domain-ok=/", lines: [`rebind-domain-ok=/${namesOf(options).join("/")}/`] },
    ],
    reload: [reload],
  };
}

function macosFiles(options: SetupOptions): ResolverFile[] {
  const settings = [
    { start: "nameserver ", lines: [`nameserver ${options.address}`] },
    { start: "port ", lines: [`port ${options.port}`] },
  ];
  const reload = ["sudo dscacheutil -flushcache", "sudo killall -HUP mDNSResponder"];
  const fileOf = (domain: string, from: string) => ({
    title: `Send ${domain} to cilo`,
    from,
    to: placeOf(options, domain),
    settings,
    reload,
  });
  return [
    ...namesOf(options).map((name) => fileOf(name, "macos/test")),
    ...reverseZones(options).map((zone) => fileOf(zone, "macos/224.10.in-addr.arpa")),
  ];
}

function placeOf({ mechanism }: SetupOptions, domain = ""): string {
  const path = setupFileOf(mechanism, domain);
  if (path === null) throw new RangeError(`no file is known for ${mechanism}`);
  return path;
}

function toStep(file: ResolverFile, options: SetupOptions): SetupStep {
  const content = renderTemplate(options.templates(file.from), file.settings);
  return {
    title: file.title,
    file: { from: file.from, to: file.to, content },
    commands: [...installAsRoot(file.to, content), ...file.reload],
    undo: [`sudo rm -f ${shellQuote(file.to)}`, ...file.reload],
  };
}

function planByHand(options: SetupOptions): SetupStep {
  const domains = domainsOf(options).join(", ");
  const title = `Have the resolver this machine uses send ${domains} to ${options.address} port ${options.port}`;
  const advice = [
    "# Nothing here can send single domains elsewhere. Install systemd-resolved or dnsmasq and run this again, or",
    `# point single programs at it: dig @${options.address} -p ${options.port} NAME`,
  ];
  return { title, file: null, commands: advice, undo: [] };
}

function namesOf({ suffixes, hostnames }: SetupOptions): string[] {
  return [...suffixes, ...hostnames];
}

/** The suffixes and hostnames, then the reverse zones. */
function domainsOf(options: SetupOptions): string[] {
  return [...namesOf(options), ...reverseZones(options)];
}

/** Subnets may overlap. */
function reverseZones({ subnets }: SetupOptions): string[] {
  return [...new Set(subnets.flatMap(reverseZonesOf))];
}
