import { readFileSync } from "node:fs";
import type { NetworkInterfaceInfo } from "node:os";
import type { UpstreamEnvironment } from "../../../src/dns/upstreams.ts";

const fixtures = new URL("../../../fixtures/resolver/", import.meta.url);

/** A machine that has what is listed, and nothing else. Runs nothing and reads no file but fixtures. */
export interface Machine {
  platform?: NodeJS.Platform;
  /** Name of a fixture, by path. */
  files?: Record<string, string>;
  /** Text, by path. */
  texts?: Record<string, string>;
  /** Name of a fixture, by program, or by whole command where it is listed so. */
  programs?: Record<string, string>;
}

/** Every command that was run is added to `ran`. */
export function machine(described: Machine, ran: string[] = []): UpstreamEnvironment {
  const { platform = "linux", files = {}, texts = {}, programs = {} } = described;
  const paths = [...Object.keys(files), ...Object.keys(texts)];
  return {
    platform,
    root: "",
    readFile: async (path) => texts[path] ?? fixture(files[path]),
    listFolder: async (path) => {
      const below = paths.filter((it) => it.startsWith(`${path}/`)).map((it) => it.slice(path.length + 1));
      return below.length === 0 ? null : [...new Set(below.map((it) => it.split("/")[0] ?? ""))].sort();
    },
    run: async (file, args) => {
      const command = [file, ...args].join(" ");
      ran.push(command);
      const listed = Object.keys(programs).find((it) => it.includes(" ") && command.endsWith(it));
      return fixture(programs[listed ?? file]);
    },
    interfaces: () => interfaces,
  };
}

function fixture(name: string | undefined): string | null {
  return name === undefined ? null : readFileSync(new URL(name, fixtures), "utf8");
}

/** The whole text of a fixture. */
export function readFixture(name: string): string {
  return readFileSync(new URL(name, fixtures), "utf8");
}

function address(of: string, scopeid?: number): NetworkInterfaceInfo {
  const shared = { address: of, mac: "", internal: of.startsWith("127."), cidr: null };
  return scopeid === undefined
    ? { ...shared, family: "IPv4", netmask: "255.255.255.0" }
    : { ...shared, family: "IPv6", netmask: "ffff:ffff:ffff:ffff::", scopeid };
}

/** Interface 6 has no IPv6 address yet, so only its index file tells its name. */
const interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = {
  lo: [address("127.0.0.1"), address("::1", 0)],
  wlp2s0: [address("192.168.1.7"), address("fe80::7", 4)],
  tun0: [address("10.8.0.9")],
};
