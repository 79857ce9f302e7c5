import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { renderDiagnosis } from "../../../src/cli/render/doctor.ts";
import type { DaemonStatus } from "../../../src/control/messages.ts";
import type { ControllerContext } from "../../../src/controller/context.ts";
import type { Difference } from "../../../src/controller/reconcile/difference.ts";
import type { Machine } from "../../../src/doctor/machine.ts";
import { type NamedFinding, runChecks } from "../../../src/doctor/run-checks.ts";
import type { ContainerFacts, NetworkFacts } from "../../../src/model/engine.ts";
import type { Operation } from "../../../src/model/environment.ts";
import { labelsOfContainer, labelsOfEnvironment } from "../../../src/model/labels.ts";
import type { State } from "../../../src/model/state.ts";
import { startServer } from "../../dns/running-server.ts";
import { engineFacts, makeDaemon, makeMachine, makeSurvey } from "../../doctor/survey.ts";
import { makeEnvironment, makeService, makeState } from "../../support/environment.ts";

const login = makeEnvironment({ name: "e1", subnet: "10.224.1.0/24", services: { web: makeService() } });
const installation = makeState([]).installation;

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "cilo-doctor-"));
  await writeFile(join(home, "state.json"), JSON.stringify({ version: 3 }), { mode: 0o600 });
});
afterEach(() => rm(home, { recursive: true }));

interface Installation {
  state: State;
  daemon: Partial<DaemonStatus>;
  machine: Partial<Machine>;
  containers: ContainerFacts[];
  networks: NetworkFacts[];
  differences: Difference[];
}

/** What the command prints of an installation, with what is another one each time replaced. */
async function diagnose({ state, daemon, machine, containers, networks, differences }: Installation): Promise<string> {
  await using server = await startServer();
  const { context } = makeSurvey({ home });
  const runtime = {
    endpoint: engineFacts.endpoint,
    info: async () => engineFacts,
    composeVersion: async () => "2.40.3",
    listContainers: async () => containers,
    listNetworks: async () => networks,
    listVolumes: async () => [],
    async [Symbol.asyncDispose]() {},
  };
  const control = {
    send: async () => makeDaemon({ ...daemon, port: server.port }),
    follow: async () => [],
  };
  const env = { CILO_DNS_PORT: String(server.port) };
  const parts = { store: { read: async () => state }, control, env, openRuntime: () => runtime };
  const findings = await runChecks({ ...context, ...parts } as unknown as ControllerContext, {
    version: "1.2.3",
    machine: makeMachine({ readSetupFile: async () => `DNS=127.0.0.1:${server.port}`, ...machine }),
    findDifferences: async () => differences,
    patienceMs: 0,
  });
  const text = renderDiagnosis(findings, { styled: false, offersFix: true });
  return text.replaceAll(String(server.port), "5354").replaceAll(home, "/home/u/.cilo");
}

function webAt(address: string): ContainerFacts {
  const labels = {
    ...labelsOfContainer(installation, login, "web"),
    "com.docker.compose.project": login.composeProject,
    "com.docker.compose.config-hash": "hash",
  };
  const facts = { id: "w", name: "cilo-shop-e1-web-1", labels, state: "running", health: "healthy" } as const;
  const addresses = { "cilo-shop-e1_default": address };
  return { ...facts, exitCode: null, addresses, image: "busybox", imageId: "sha256:0" };
}

const ownNetwork: NetworkFacts = {
  ...{ id: "n", name: "cilo-shop-e1_default", driver: "bridge", subnets: [login.subnet] },
  labels: labelsOfEnvironment(installation, login),
};

const healthy: Installation = {
  state: makeState([login]),
  daemon: {},
  machine: { lookUp: async () => new Map([["web.e1.test", { addresses: ["10.224.1.10"] }]]) },
  containers: [webAt("10.224.1.10")],
  networks: [ownNetwork],
  differences: [],
};

const goldenHealthy = `\
ok    state       /home/u/.cilo/state.json: revision 1, 1 environment
ok    lock        no lock is held
ok    operations  no operation is under way, none was interrupted
ok    disk        80 GiB of 100 GiB are free where /home/u/.cilo is
ok    engine      Docker Engine 27.0.0 at unix:///engine.sock
ok    compose     Docker Compose 2.40.3
ok    daemon      DNS server on 127.0.0.1:5354 (pid 7)
ok    port        port 5354 is the DNS server's
ok    upstreams   other names go to 192.0.2.1:53
ok    dns         this machine's programs find names below .test
ok    services    every environment that runs has all its services
ok    addresses   state has the addresses that the engine shows, and 1 name answers with them
ok    subnets     environments have 1 subnet of 10.224.0.0/16; nobody else uses it
ok    orphans     everything on the engine that this cilo made belongs to an environment
ok    leftovers   no files are left of environments that are no more
ok    trash       nothing is in the trash
info  dns         a browser that has names looked up over HTTPS asks past this machine, and finds none of these
                  hint: turn that off there; Firefox leaves it by itself where "firefoxCanary: true" stands under "dns" in config.yml

no problems
`;

const operation: Operation = {
  ...{ kind: "up", pid: 41, startTime: "1", bootId: "an earlier boot", child: null },
  ...{ step: "compose-up", startedAt: "2026-11-20T11:00:00.000Z" },
};
const interrupted = { ...login, operation };

const goneNetwork: NetworkFacts = {
  ...{ id: "g", name: "cilo-shop-gone_default", driver: "bridge", subnets: ["10.224.7.0/24"] },
  labels: labelsOfEnvironment(installation, { id: "gone", project: "shop", name: "gone" }),
};

/** An `up` was killed, a VPN came up, the disk is all but full, and the resolver was set up for nothing. */
const broken: Installation = {
  state: makeState([interrupted]),
  daemon: { version: "1.2.2" },
  machine: {
    fileSystem: async () => ({ freeBytes: 50 * 1024 ** 2, sizeBytes: 100 * 1024 ** 3, freeFiles: null }),
    routes: async () => [
      { cidr: "10.224.1.0/24", device: "br-1" },
      { cidr: "10.224.1.0/24", device: "tun0" },
    ],
    knock: async () => ({ result: "silent" }),
  },
  containers: [webAt("10.224.1.10")],
  networks: [ownNetwork, goneNetwork],
  differences: [
    { type: "interrupted", environment: interrupted, operation, hasWorkspace: true, running: [] },
    { type: "drifted", environment: login, changes: ["web is at 10.224.1.10, state says 10.224.1.99"] },
    {
      ...{ type: "orphan-network", network: goneNetwork, isInUse: false, strangers: [] },
      owner: { environmentId: "gone", key: "shop/gone", hasNamesake: false },
    },
  ],
};

const goldenBroken = `\
ok       state       /home/u/.cilo/state.json: revision 1, 1 environment
ok       lock        no lock is held
ok       engine      Docker Engine 27.0.0 at unix:///engine.sock
ok       compose     Docker Compose 2.40.3
ok       daemon      DNS server on 127.0.0.1:5354 (pid 7)
ok       port        port 5354 is the DNS server's
ok       upstreams   other names go to 192.0.2.1:53
ok       services    every environment that runs has all its services
ok       trash       nothing is in the trash
info     leftovers   the workspace of shop/kept, which is no more, is still there: /home/u/.cilo/envs/shop/kept
                     hint: when nothing in it is needed any more:
                     run: rm -rf /home/u/.cilo/envs/shop/kept
warning  state       other users may look into /home/u/.cilo/state.json (mode 644)
                     run: chmod go-rwx /home/u/.cilo/state.json
warning  engine      cilo-shop-e1-web-1 of shop/e1 says nothing to this machine at 10.224.1.10
                     hint: a firewall or a VPN may swallow packets; to see where they go:
                     run: ip route get 10.224.1.10
warning  daemon      the DNS server is of cilo 1.2.2, this is 1.2.3
                     hint: start it anew, or run the cilo that started it:
                     run: cilo dns stop; cilo dns start --detach
warning  addresses   shop/e1: web is at 10.224.1.10, state says 10.224.1.99
                     run: cilo doctor --fix
warning  orphans     network cilo-shop-gone_default: left of shop/gone, which is no more
                     run: cilo doctor --fix
problem  operations  up of shop/e1 ended in the middle, at "compose-up" (pid 41)
                     run: cilo up shop/e1
problem  disk        50 MiB of 100 GiB are free where /home/u/.cilo is
                     hint: free some space, or destroy environments that are not needed; to see what is used:
                     run: df -h /home/u/.cilo
problem  dns         this machine's programs do not find names below .test, although /etc/systemd/resolved.conf.d/cilo.conf is there: its resolver was not started anew since, or does not heed it
                     hint: to set it up anew:
                     run: cilo dns setup
problem  subnets     10.224.1.0/24 of shop/e1: it is used by the host's route through tun0 as well, and packets may end there
                     hint: to give it another subnet:
                     run: cilo network migrate --env shop/e1

4 problems, 5 warnings; "cilo doctor --fix" mends 3 of them
`;

describe("the diagnosis", () => {
  test("of a healthy installation", async () => {
    assert.equal(await diagnose(healthy), goldenHealthy);
  });

  test("of a broken one: what is worst stands last, each with what to run", async () => {
    await chmod(join(home, "state.json"), 0o644);
    await mkdir(join(home, "envs/shop/kept"), { recursive: true });
    const lookUp: Machine["lookUp"] = async (names) => new Map(names.map((name) => [name, { addresses: [] }]));

    assert.equal(await diagnose({ ...broken, machine: { ...broken.machine, lookUp } }), goldenBroken);
  });

  const finding: NamedFinding = {
    ...{ check: "lock", severity: "problem", message: "it is held", hint: null, command: null, fixable: false },
  };

  test("colours the word alone, and says the same without colours", () => {
    const styled = renderDiagnosis([finding], { styled: true, offersFix: true });
    const plain = renderDiagnosis([finding], { styled: false, offersFix: true });

    assert.equal(styled.split("\n")[0], "\u001b[31mproblem\u001b[39m  lock  it is held");
    assert.equal(stripVTControlCharacters(styled), plain);
  });

  test("keeps a finding on its line, whatever it is made of", () => {
    const text = renderDiagnosis([{ ...finding, message: "a\nb\u001b[31m" }], { styled: false, offersFix: true });

    assert.equal(text, "problem  lock  a b\ufffd[31m\n\n1 problem\n");
  });

  const fixable = { ...finding, fixable: true };
  const warning = { ...finding, severity: "warning" } as const;
  const sums: [NamedFinding[], boolean, string][] = [
    [[], true, "no problems"],
    [[{ ...finding, severity: "info" }], true, "no problems"],
    [[fixable], true, '1 problem; "cilo doctor --fix" mends it'],
    [[fixable, fixable], true, '2 problems; "cilo doctor --fix" mends all of them'],
    [[fixable, warning], true, '1 problem, 1 warning; "cilo doctor --fix" mends 1 of them'],
    [[warning, warning], true, "2 warnings"],
    [[fixable], false, "1 problem"],
  ];
  for (const [findings, offersFix, expected] of sums) {
    test(`sums up as ${JSON.stringify(expected)}${offersFix ? "" : " where --fix has been"}`, () => {
      const lines = renderDiagnosis(findings, { styled: false, offersFix }).trimEnd().split("\n");

      assert.equal(lines.at(-1), expected);
    });
  }
});
