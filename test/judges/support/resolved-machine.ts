import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { realpath, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { exec } from "../../../src/base/exec.ts";
import { resolvePaths } from "../../../src/base/paths.ts";
import { waitFor } from "../../../src/base/wait.ts";
import { createControlClient } from "../../../src/control/client.ts";
import type { DaemonStatus } from "../../../src/control/messages.ts";
import type { Environment } from "../../../src/model/environment.ts";
import { toPublished } from "../../../src/model/published.ts";
import { docker } from "../../support/engine.ts";
import type { Child } from "./child.ts";
import { type DigReply, dig } from "./dig.ts";
import { startDnsmasq } from "./dnsmasq.ts";
import { makeRootFilesystem, type Suite } from "./root-filesystem.ts";
import { makeHome } from "./running-cilo.ts";

/** The server that the machine's network announces; it is on another machine, a network namespace of its own. */
export const networkServer = "10.9.9.1";

/**
 * A Debian machine, in a container whose first process is systemd, with systemd-resolved as its resolver and a network
 * that announces a DNS server. The built `cilo` is on it, with its state on this machine. Disposing of it removes
 * everything but the archive it was made from.
 */
export interface ResolvedMachine extends AsyncDisposable {
  /** Queries that the network's server got, as its log has them. */
  networkLog: readonly string[];
  /** Runs a script of sh as root on it and gives its stdout. @throws with all it said when it fails. */
  run(script: string): Promise<string>;
  /** Runs cilo on it. */
  cilo(...args: string[]): Promise<string>;
  status(): Promise<DaemonStatus>;
  /** Tells the daemon on it what a command would that has changed the environment. */
  publish(environment: Environment): Promise<void>;
  /** Runs this machine's dig in its network. */
  dig(...args: string[]): Promise<DigReply>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Not below /tmp, over which the machine lays a file system of its own. */
const [homeInside, rootInside, nodeInside] = ["/srv/home", "/srv/checkout", "/srv/node"];
const bootTimeoutMs = 30_000;

/** Two ends of a cable: the machine's `uplink`, and in the namespace `lan` where the network's server is. */
const connect = `
set -e
umount /etc/resolv.conf
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
ip netns add lan
ip link add uplink type veth peer name port netns lan
ip address add 10.9.9.2/24 dev uplink
ip link set uplink up
ip -n lan address add ${networkServer}/24 dev port
ip -n lan link set port up
resolvectl dns uplink ${networkServer}
resolvectl default-route uplink true
systemctl restart systemd-resolved
`;

/** Boots one, from an archive that is made first when there is none. */
export async function startMachine(suite: Suite, environments: readonly Environment[]): Promise<ResolvedMachine> {
  const archive = await makeRootFilesystem(suite);
  const cleanup = new AsyncDisposableStack();
  const name = `cilo-judge-${suite}-${randomUUID().slice(0, 8)}`;
  try {
    const home = await makeHome(environments);
    cleanup.defer(() => rm(home, { recursive: true }));
    await docker("import", archive, name);
    cleanup.defer(() => remove("image", "rm", name));
    cleanup.defer(() => remove("container", "rm", "--force", "--volumes", name));
    await docker("run", "--detach", "--name", name, ...(await containerOptions(home)), name, "/lib/systemd/systemd");
    const inside = ["exec", "--env", `CILO_HOME=${homeInside}`, name];
    const run = (script: string) => docker(...inside, "sh", "-c", script);
    await waitUntilBooted(name, run);
    await run(connect);
    const pid = await docker("inspect", "--format", "{{.State.Pid}}", name);
    const lan = ["nsenter", `--net=/proc/${pid}/root/run/netns/lan`];
    const server = cleanup.use(await startDnsmasq({ port: 53, prefix: lan }));
    return {
      ...createMachine({ home, inside, pid, run, server }),
      [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
    };
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

/** No error when it is not there. */
async function remove(...args: string[]): Promise<void> {
  await exec("docker", args, { timeoutMs: 60_000 });
}

interface Parts {
  home: string;
  /** Arguments of `docker` that go before a command. */
  inside: readonly string[];
  pid: string;
  run: ResolvedMachine["run"];
  server: Child;
}

function createMachine({ home, inside, pid, run, server }: Parts): Omit<ResolvedMachine, typeof Symbol.asyncDispose> {
  const control = createControlClient(resolvePaths({ CILO_HOME: home }));
  let revision = 100;
  return {
    networkLog: server.lines,
    run,
    cilo: (...args) => docker(...inside, nodeInside, `${rootInside}/bin/cilo.cjs`, ...args),
    async status() {
      const status = await control.send({ type: "status" });
      if (status === null) throw new Error("no daemon runs on the machine");
      return status;
    },
    async publish(environment) {
      revision += 1;
      const { composeProject, status } = environment;
      await control.send({ type: "publish", revision, status, composeProject, environment: toPublished(environment) });
    },
    dig: (...args) => dig(args, ["nsenter", `--target=${pid}`, "--net"]),
  };
}

/** systemd as the first process wants its cgroups writable and to mount things; nothing here is more than one's own. */
async function containerOptions(home: string): Promise<string[]> {
  const mounts = [
    `${findCgroups()}:/sys/fs/cgroup`,
    `${home}:${homeInside}`,
    `${await realpath(root)}:${rootInside}:ro`,
    `${await realpath(process.execPath)}:${nodeInside}:ro`,
  ];
  return [
    "--network=none",
    "--cap-add=SYS_ADMIN",
    "--cap-add=NET_ADMIN",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--cgroupns=host",
    "--tmpfs=/run",
    "--env=container=docker",
    ...mounts.map((mount) => `--volume=${mount}`),
  ];
}

/** Why systemd of that release cannot run here, or false. */
export function findMissingKernelPart(suite: Suite): string | false {
  const isVersion2 = existsSync(`${findCgroups()}/cgroup.controllers`);
  return suite === "bookworm" || isVersion2 ? false : "systemd 258 and later need cgroups of version 2";
}

/** Version 2 wherever there is one, also where a machine has both; else version 1. */
function findCgroups(): string {
  return existsSync("/sys/fs/cgroup/unified/cgroup.controllers") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
}

async function waitUntilBooted(name: string, run: (script: string) => Promise<string>): Promise<void> {
  const look = () => run("systemctl is-active systemd-resolved").catch(() => null);
  if ((await waitFor(look, { timeoutMs: bootTimeoutMs, intervalMs: 200 })) !== null) return;
  const { stdout, stderr } = await exec("docker", ["logs", "--tail=20", name], { timeoutMs: 10_000 });
  throw new Error(`systemd-resolved did not start in the container\n${stdout}${stderr}`);
}
