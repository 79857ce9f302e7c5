import type { DetectedMechanism } from "./detect.ts";
import { dropInPath, type LinuxFacts } from "./linux-facts.ts";
import { isLoopback, isResolvedStub } from "./resolv-conf.ts";

/** The first systemd whose resolver has delegates. */
const delegateVersion = 258;
/** The first systemd whose resolver takes a port with a server's address. */
const portVersion = 246;

/**
 * Decides from the facts, best way first: what really answers this machine's programs counts, not what is installed.
 */
export function chooseLinuxMechanism(facts: LinuxFacts): DetectedMechanism {
  const chosen = chooseUsed(facts);
  return { ...chosen, warnings: [...chosen.warnings, ...warnOfHostSources(facts)] };
}

function chooseUsed(facts: LinuxFacts): DetectedMechanism {
  if (facts.resolved.running && isResolvedAsked(facts)) return chooseResolved(facts);
  const dnsmasq = chooseDnsmasq(facts);
  if (dnsmasq !== null) return dnsmasq;
  if (facts.resolved.running) return chooseResolved(facts);
  return { mechanism: "unknown", reason: explainUnknown(facts), warnings: [] };
}

/** Whether programs reach systemd-resolved by /etc/resolv.conf or, those of the C library only, by nsswitch.conf. */
function isResolvedAsked(facts: LinuxFacts): boolean {
  return facts.resolvConf.servers.some(isResolvedStub) || facts.hostSources.includes("resolve");
}

function chooseResolved(facts: LinuxFacts): DetectedMechanism {
  const version = facts.systemdVersion ?? 0;
  if (version >= delegateVersion) {
    const reason = `systemd-resolved ${version} takes a delegate for a domain (${delegateVersion} or later)`;
    return { mechanism: "dns-delegate", reason, warnings: [...warnOfLeftDropIn(facts), ...warnOfResolved(facts)] };
  }
  if (version >= portVersion) {
    const reason = `systemd-resolved ${version} takes a server with a port, but no delegate before ${delegateVersion}`;
    return {
      mechanism: "resolved-drop-in",
      reason,
      warnings: [...warnOfGlobalServers(facts), ...warnOfResolved(facts)],
    };
  }
  const reason = `systemd-resolved ${version} takes no server with a port; ${portVersion} is the first that does`;
  return { mechanism: "unknown", reason, warnings: warnOfResolved(facts) };
}

function warnOfResolved(facts: LinuxFacts): string[] {
  const warnings: string[] = [];
  if (!facts.resolvConf.servers.some(isResolvedStub)) {
    const seen = facts.resolvConf.target === null ? "is missing" : `names ${listServers(facts)}`;
    const who = isResolvedAsked(facts)
      ? "programs that read it themselves ask past systemd-resolved"
      : "nobody asks systemd-resolved";
    warnings.push(
      `/etc/resolv.conf ${seen}, so ${who}: run "sudo ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"`,
    );
  }
  if (facts.resolved.requiresTls) {
    warnings.push(
      "systemd-resolved insists on TLS to every server, which cilo does not speak: set DNSOverTLS=opportunistic in /etc/systemd/resolved.conf",
    );
  }
  return warnings;
}

function warnOfGlobalServers(facts: LinuxFacts): string[] {
  if (facts.resolved.globalServers.length === 0) return [];
  const servers = facts.resolved.globalServers.join(" ");
  return [
    `systemd-resolved has other global servers (${servers}); it keeps to one global server at a time, and whenever that is not cilo the names are unknown: set them on the network connection in place of DNS= in /etc/systemd/resolved.conf`,
  ];
}

function warnOfLeftDropIn(facts: LinuxFacts): string[] {
  if (!facts.resolved.hasDropIn) return [];
  return [`${dropInPath} is from an older systemd and makes every name depend on cilo: run "sudo rm ${dropInPath}"`];
}

function chooseDnsmasq(facts: LinuxFacts): DetectedMechanism | null {
  const local = facts.resolvConf.servers.find((server) => isLoopback(server) && !isResolvedStub(server));
  if (facts.networkManager.running && facts.networkManager.usesDnsmasq) {
    const reason = "NetworkManager runs dnsmasq (dns=dnsmasq)";
    const warnings = local === undefined ? [warnOfBypassedDnsmasq(facts)] : [];
    return { mechanism: "networkmanager-dnsmasq", reason, warnings };
  }
  if (!facts.dnsmasq.running || local === undefined) return null;
  const reason = `dnsmasq runs and /etc/resolv.conf names ${local}`;
  const warnings = facts.dnsmasq.readsDirectory
    ? []
    : ['dnsmasq does not read /etc/dnsmasq.d: add the line "conf-dir=/etc/dnsmasq.d/,*.conf" to /etc/dnsmasq.conf'];
  return { mechanism: "dnsmasq", reason, warnings };
}

function warnOfBypassedDnsmasq(facts: LinuxFacts): string {
  return `/etc/resolv.conf names ${listServers(facts)} and not NetworkManager's dnsmasq: remove the line rc-manager= from NetworkManager's configuration, or the file if something else wrote it, then run "sudo nmcli general reload dns-rc"`;
}

function warnOfHostSources(facts: LinuxFacts): string[] {
  const { hostSources } = facts;
  if (hostSources.length === 0 || hostSources.includes("dns") || hostSources.includes("resolve")) return [];
  return [`"hosts:" in /etc/nsswitch.conf has neither dns nor resolve: add dns at its end`];
}

function explainUnknown(facts: LinuxFacts): string {
  const { resolvConf, networkManager } = facts;
  if (resolvConf.servers.length === 0) return "/etc/resolv.conf names no server";
  const local = resolvConf.servers.find(isLoopback);
  if (local !== undefined && isResolvedStub(local)) {
    return `/etc/resolv.conf names ${local}, but systemd-resolved does not run`;
  }
  if (local !== undefined) return `/etc/resolv.conf names ${local}, and it is not known what listens there`;
  const writer = resolvConf.writer ?? (networkManager.running ? "NetworkManager" : null);
  const by = writer === null ? "" : ` (written by ${writer})`;
  return `/etc/resolv.conf${by} sends every name to ${listServers(facts)}; systemd-resolved or dnsmasq could send some elsewhere, and neither is in use`;
}

function listServers(facts: LinuxFacts): string {
  return facts.resolvConf.servers.join(", ") || "no server";
}
