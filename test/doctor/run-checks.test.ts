import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CiloError } from "../../src/base/errors.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import { runChecks } from "../../src/doctor/run-checks.ts";
import type { EngineFacts } from "../../src/model/engine.ts";
import type { State } from "../../src/model/state.ts";
import type { RuntimeProvider } from "../../src/runtime/provider.ts";
import { startServer } from "../dns/running-server.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

const state = makeState([makeEnvironment()], { revision: 5 });
const facts: EngineFacts = {
  endpoint: "unix:///engine.sock",
  id: "engine",
  version: "27.0.0",
  operatingSystem: "Linux",
  rootless: false,
  unreachableBecause: null,
};

interface Machine {
  read(): Promise<State>;
  daemon: Partial<DaemonStatus> | null;
  engine: Partial<RuntimeProvider>;
}

/** A machine on which all is well, but for these parts of it. */
function contextOf(changes: Partial<Machine>): ControllerContext {
  const machine: Machine = { read: async () => state, daemon: null, engine: {}, ...changes };
  const engine = {
    endpoint: facts.endpoint,
    info: async () => facts,
    composeVersion: async () => "2.40.3",
    listContainers: async () => [],
    listNetworks: async () => [],
    listVolumes: async () => [],
    async [Symbol.asyncDispose]() {},
    ...machine.engine,
  };
  return {
    paths: resolvePaths({ CILO_HOME: "/home/.cilo" }),
    env: {},
    platform: "linux",
    signal: new AbortController().signal,
    store: { read: machine.read },
    control: { send: async () => machine.daemon },
    resolveEndpoint: async () => ({ endpoint: facts.endpoint, source: "test" }),
    openRuntime: () => engine,
  } as unknown as ControllerContext;
}

/** What was found, a line each: "problem engine: no engine answers". */
async function diagnose(changes: Partial<Machine>): Promise<string[]> {
  const findings = await runChecks(contextOf(changes));
  return findings.map(({ severity, check, message }) => `${severity} ${check}: ${message}`);
}

function daemonAt(port: number, changes: Partial<DaemonStatus> = {}): Partial<DaemonStatus> {
  const upstreams = { servers: ["192.0.2.1"], source: "test", leftOut: [], routes: [] };
  return { pid: 7, address: "127.0.0.1", port, revision: 5, upstreams, ...changes };
}

const noDaemon = "warning daemon: no DNS server runs: names do not answer";
const engineOk = "ok engine: Docker Engine 27.0.0 at unix:///engine.sock";
const composeOk = "ok compose: Docker Compose 2.40.3";
const stateOk = "ok state: /home/.cilo/state.json: revision 5, 1 environment";
const nothingLeft = "ok leftovers: everything on the engine that cilo made belongs to an environment";

describe("doctor", () => {
  test("says of each part how it is", async () => {
    assert.deepEqual(await diagnose({}), [stateOk, engineOk, composeOk, noDaemon, nothingLeft]);
  });

  test("reads a broken state file once, says so once, and looks at all else", async () => {
    let readings = 0;

    const found = await diagnose({
      async read() {
        readings += 1;
        throw new CiloError("CILO_STATE_UNREADABLE", "cannot read the state file", { hint: "repair the file by hand" });
      },
    });

    assert.deepEqual(found, [
      "problem state: cannot read the state file",
      engineOk,
      composeOk,
      noDaemon,
      "info leftovers: not looked for: without state nothing on the engine can be told from a leftover",
    ]);
    assert.equal(readings, 1);
  });

  test("says once that the engine cannot be reached", async () => {
    const found = await diagnose({
      engine: {
        async info() {
          throw new CiloError("CILO_ENGINE_UNREACHABLE", "no engine answers");
        },
      },
    });

    assert.deepEqual(found, [stateOk, "problem engine: no engine answers", composeOk, noDaemon]);
  });

  test("says that container addresses cannot be reached", async () => {
    const found = await diagnose({
      engine: { info: async () => ({ ...facts, unreachableBecause: "it is far away" }) },
    });

    assert.deepEqual(found.slice(1, 3), [engineOk, "problem engine: it is far away"]);
  });

  for (const [version, refuses] of [
    ["2.29.7", false],
    ["2.30.0", true],
    ["2.30.2", true],
    ["2.30.3", false],
    ["2.30.10", false],
  ] as const) {
    test(`${refuses ? "warns of" : "is content with"} Docker Compose ${version}`, async () => {
      const found = await diagnose({ engine: { composeVersion: async () => version } });

      const warning = `warning compose: Docker Compose ${version} refuses some projects with YAML aliases: "cycle detected"`;
      assert.equal(found[2], refuses ? warning : `ok compose: Docker Compose ${version}`);
    });
  }

  test("keeps what to do in words apart from the command", async () => {
    const hint = 'run "sudo systemctl start docker"';
    const findings = await runChecks(
      contextOf({
        engine: {
          async info() {
            throw new CiloError("CILO_ENGINE_UNREACHABLE", "no engine answers", { hint });
          },
        },
      }),
    );

    assert.deepEqual(
      findings.filter(({ severity }) => severity !== "ok").map((finding) => [finding.hint, finding.command]),
      [
        [hint, null],
        [null, "cilo dns start --detach"],
      ],
    );
  });

  test("lists what no environment accounts for, and not what one was created for meanwhile", async () => {
    const green = makeEnvironment({ name: "green" });
    const later = makeState([makeEnvironment(), green]);
    const labels = (id: string) => ({
      "cilo.installation": state.installation,
      "cilo.id": id,
      "cilo.project": "shop",
      "cilo.environment": "gone",
    });
    const states = [state, later];

    const found = await diagnose({
      read: async () => states.shift() ?? later,
      engine: {
        listVolumes: async () => [
          { name: "green_data", labels: labels(green.id) },
          { name: "gone_data", labels: labels("id-gone") },
        ],
      },
    });

    assert.deepEqual(found.slice(4), [
      "warning leftovers: left of shop/gone, which is no more: volume gone_data with its data",
    ]);
  });
});

describe("doctor on the daemon", () => {
  const cases: [string, number, string[], string | null][] = [
    ["is up to date", 5, [], null],
    [
      "is behind",
      4,
      ["warning daemon: the DNS server answers from revision 4, state is at 5"],
      "cilo dns stop; cilo dns start --detach",
    ],
    [
      "serves another state",
      9,
      ["problem daemon: the DNS server answers from revision 9, and state is at 5 only: it serves another state"],
      "cilo dns stop",
    ],
  ];
  for (const [what, revision, expected, command] of cases) {
    test(`says that one at revision ${revision} ${what}`, async () => {
      await using server = await startServer();

      const findings = await runChecks(contextOf({ daemon: daemonAt(server.port, { revision }) }));

      const found = findings.filter(({ check }) => check === "daemon").slice(1);
      assert.deepEqual(
        found.map(({ severity, check, message }) => `${severity} ${check}: ${message}`),
        expected,
      );
      assert.equal(found[0]?.command ?? null, command);
    });
  }

  test("takes a state that was written since it was read for what it is", async () => {
    await using server = await startServer();
    const states = [state];

    const found = await diagnose({
      read: async () => states.shift() ?? { ...state, revision: 6 },
      daemon: daemonAt(server.port, { revision: 6 }),
    });

    assert.deepEqual(
      found.filter((line) => line.includes("revision 6")),
      [],
    );
  });
});
