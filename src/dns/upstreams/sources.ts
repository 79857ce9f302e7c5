import { nmcliArgs, parseNmcli } from "./network-manager.ts";
import { parseResolvConf } from "./resolv-conf.ts";
import { parseResolvectlJson, parseResolvectlText } from "./resolvectl.ts";
import { askResolvedOverBus } from "./resolved-bus.ts";
import { type ResolvedLink, toServerGroups } from "./resolved-links.ts";
import { parseScutil } from "./scutil.ts";
import type { UpstreamEnvironment } from "./system-environment.ts";
import type { ServerGroup } from "./upstream.ts";

/** Something of the machine that lists its servers. */
export interface UpstreamSource {
  /** A path or a program, as it is shown. */
  name: string;
  /** It may list servers of other ports without saying so. */
  omitsPorts?: boolean;
  /** Null when it is not there, or cannot be read. */
  read(environment: UpstreamEnvironment): Promise<readonly ServerGroup[] | null>;
}

/** A file, or a folder with all that is in it, that changes when the machine's servers do. */
export interface WatchedPath {
  path: string;
  kind: "file" | "folder";
}

const resolvedFolder = "/run/systemd/resolve";
const resolvedUplinks = `${resolvedFolder}/resolv.conf`;
const networkManagerFolder = "/run/NetworkManager";
/** Of Debian's resolvconf, and of openresolv. */
const resolvconfFolders = ["/run/resolvconf/interface", "/run/resolvconf/interfaces"];
const resolvConf = "/etc/resolv.conf";

/**
 * From the exact to the vague; /etc/resolv.conf is last because it often names only a stub that asks cilo. Programs are
 * run only where files show that what they tell of is in use: they could start it otherwise.
 */
const linuxSources: readonly UpstreamSource[] = [
  resolvedSource("systemd-resolved (resolvectl)", readResolvectl(parseResolvectlJson)),
  resolvedSource("systemd-resolved (D-Bus)", askResolvedOverBus),
  resolvedSource("systemd-resolved (resolvectl, text)", readResolvectl(parseResolvectlText)),
  // Before version 250, systemd-resolved wrote its servers there without their ports, cilo among them.
  { ...fileSource(resolvedUplinks), omitsPorts: true },
  fileSource(`${networkManagerFolder}/no-stub-resolv.conf`),
  fileSource(`${networkManagerFolder}/resolv.conf`),
  { name: "nmcli", read: readNmcli },
  fileSource("/run/dnsmasq/resolv.conf"),
  ...resolvconfFolders.map(folderSource),
  {
    name: "resolvconf -l",
    read: async ({ run }) => toGroups(await run("resolvconf", ["-l"])),
  },
  fileSource(resolvConf),
];

const macSources: readonly UpstreamSource[] = [
  {
    name: "scutil --dns",
    read: async ({ run }) => {
      const output = await run("scutil", ["--dns"]);
      return output === null ? null : parseScutil(output);
    },
  },
  fileSource(resolvConf),
];

/** Where a machine's servers are listed, in the order to be asked; the first that lists a usable one is taken. */
export function sourcesOf(platform: NodeJS.Platform): readonly UpstreamSource[] {
  return platform === "darwin" ? macSources : linuxSources;
}

/**
 * What to watch for changes. systemd-resolved leaves its traces in its folders also for settings that it was given over
 * D-Bus; macOS writes /etc/resolv.conf anew when its default resolver changes, and tells of others by no file.
 */
export function watchedPathsOf(platform: NodeJS.Platform): readonly WatchedPath[] {
  if (platform === "darwin") return [file(resolvConf), folder("/etc/resolver")];
  return [
    folder(resolvedFolder),
    folder(`${resolvedFolder}/netif`),
    file(`${networkManagerFolder}/no-stub-resolv.conf`),
    file(`${networkManagerFolder}/resolv.conf`),
    file("/run/dnsmasq/resolv.conf"),
    ...resolvconfFolders.map(folder),
    file(resolvConf),
  ];
}

function file(path: string): WatchedPath {
  return { path, kind: "file" };
}

function folder(path: string): WatchedPath {
  return { path, kind: "folder" };
}

function resolvedSource(
  name: string,
  ask: (environment: UpstreamEnvironment) => Promise<ResolvedLink[] | null>,
): UpstreamSource {
  return {
    name,
    read: async (environment) => {
      if ((await environment.listFolder(resolvedFolder)) === null) return null;
      const links = await ask(environment);
      return links === null ? null : toServerGroups(links);
    },
  };
}

function readResolvectl(parse: (output: string) => ResolvedLink[] | null): typeof askResolvedOverBus {
  return async ({ run }) => {
    const output = await run("resolvectl", ["--json=short", "status"]);
    return output === null ? null : parse(output);
  };
}

async function readNmcli({ listFolder, run }: UpstreamEnvironment): Promise<readonly ServerGroup[] | null> {
  if ((await listFolder(networkManagerFolder)) === null) return null;
  const output = await run("nmcli", nmcliArgs);
  return output === null ? null : parseNmcli(output);
}

function fileSource(path: string): UpstreamSource {
  return { name: path, read: async ({ readFile }) => toGroups(await readFile(path)) };
}

/** One file for each interface that brought servers. */
function folderSource(path: string): UpstreamSource {
  return {
    name: path,
    read: async ({ listFolder, readFile }) => {
      const names = await listFolder(path);
      if (names === null) return null;
      const texts = await Promise.all(names.map((name) => readFile(`${path}/${name}`)));
      return texts.flatMap((text) => toGroups(text) ?? []);
    },
  };
}

function toGroups(text: string | null): ServerGroup[] | null {
  return text === null ? null : [parseResolvConf(text)];
}
