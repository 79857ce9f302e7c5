import type { ResolverEnvironment } from "./environment.ts";
import { parseResolvConf, type ResolvConf } from "./resolv-conf.ts";

/** What a Linux machine says about how it resolves. */
export interface LinuxFacts {
  /** Null where systemd is not installed. */
  systemdVersion: number | null;
  resolved: ResolvedFacts;
  resolvConf: ResolvConf;
  /** The sources of "hosts:" in nsswitch.conf, in order and without actions; empty where there is no such file (musl). */
  hostSources: string[];
  networkManager: {
    running: boolean;
    /** Whether its configuration has it run a dnsmasq of its own. */
    usesDnsmasq: boolean;
  };
  dnsmasq: {
    running: boolean;
    /** Whether it reads /etc/dnsmasq.d. */
    readsDirectory: boolean;
  };
}

export interface ResolvedFacts {
  running: boolean;
  /** Its global servers but the one our drop-in names; as printed, "192.0.2.1" or "192.0.2.1:5300#name". */
  globalServers: string[];
  /** Whether it insists on TLS to every server, which ours on the loopback interface does not speak. */
  requiresTls: boolean;
  /** Whether our drop-in is installed. */
  hasDropIn: boolean;
}

/** Where our drop-in for systemd-resolved goes. */
export const dropInPath = "/etc/systemd/resolved.conf.d/cilo.conf";

/** Collects the facts; everything that cannot be found out counts as absent. */
export async function observeLinux(environment: ResolverEnvironment): Promise<LinuxFacts> {
  const [version, resolved, resolvConf, nsswitch, networkManager, dnsmasq] = await Promise.all([
    environment.run("systemctl", ["--version"]),
    observeResolved(environment),
    observeResolvConf(environment),
    environment.readFile("/etc/nsswitch.conf"),
    observeNetworkManager(environment),
    observeDnsmasq(environment),
  ]);
  return {
    systemdVersion: parseSystemdVersion(version),
    resolved,
    resolvConf,
    hostSources: parseHostSources(nsswitch ?? ""),
    networkManager,
    dnsmasq,
  };
}

/** Reads the number from the first line, "systemd 252 (252.38-1~deb12u1)". */
function parseSystemdVersion(text: string | null): number | null {
  const match = /^systemd (\d+)/.exec(text ?? "");
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** "hosts: files resolve [!UNAVAIL=return] dns" is files, resolve, dns. */
function parseHostSources(nsswitch: string): string[] {
  const line = /^[ \t]*hosts:([^\n#]*)/m.exec(nsswitch)?.[1] ?? "";
  return line
    .replace(/\[[^\]]*\]/g, " ")
    .split(/\s+/)
    .filter((source) => source !== "");
}

async function observeResolvConf(environment: ResolverEnvironment): Promise<ResolvConf> {
  const [text, target] = await Promise.all([
    environment.readFile("/etc/resolv.conf"),
    environment.realPath("/etc/resolv.conf"),
  ]);
  return parseResolvConf(text ?? "", target);
}

async function observeResolved(environment: ResolverEnvironment): Promise<ResolvedFacts> {
  const running = await isActive(environment, "systemd-resolved.service");
  const dropIn = await environment.readFile(dropInPath);
  if (!running) return { running, globalServers: [], requiresTls: false, hasDropIn: dropIn !== null };
  const [servers, tls] = await Promise.all([
    environment.run("resolvectl", ["dns"]),
    environment.run("resolvectl", ["dnsovertls"]),
  ]);
  const ours = new Set(/^DNS=(.*)$/m.exec(dropIn ?? "")?.[1]?.split(/\s+/));
  return {
    running,
    globalServers: globalValues(servers).filter((server) => !ours.has(server)),
    requiresTls: globalValues(tls).includes("yes"),
    hasDropIn: dropIn !== null,
  };
}

/** The words after "Global:" of resolvectl's lists, whose other lines are about links. */
function globalValues(text: string | null): string[] {
  const line = /^Global:(.*)$/m.exec(text ?? "")?.[1] ?? "";
  return line.split(/\s+/).filter((value) => value !== "");
}

async function observeNetworkManager(environment: ResolverEnvironment): Promise<LinuxFacts["networkManager"]> {
  const running = (await environment.run("nmcli", ["-t", "-f", "RUNNING", "general"]))?.trim() === "running";
  if (!running) return { running, usesDnsmasq: false };
  const config = await environment.run("NetworkManager", ["--print-config"]);
  return { running, usesDnsmasq: /^dns=dnsmasq\s*$/m.test(config ?? "") };
}

async function observeDnsmasq(environment: ResolverEnvironment): Promise<LinuxFacts["dnsmasq"]> {
  const [active, pid, config, debianDefaults] = await Promise.all([
    isActive(environment, "dnsmasq.service"),
    environment.readFile("/run/dnsmasq.pid"),
    environment.readFile("/etc/dnsmasq.conf"),
    environment.readFile("/etc/default/dnsmasq"),
  ]);
  return {
    running: active || pid !== null,
    // Debian's package gives the directory on the command line, others leave it to dnsmasq.conf.
    readsDirectory:
      /^conf-dir=\/etc\/dnsmasq\.d\b/m.test(config ?? "") ||
      /^CONFIG_DIR=\/etc\/dnsmasq\.d\b/m.test(debianDefaults ?? ""),
  };
}

async function isActive(environment: ResolverEnvironment, unit: string): Promise<boolean> {
  return (await environment.run("systemctl", ["is-active", unit]))?.trim() === "active";
}
